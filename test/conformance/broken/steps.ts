/** Broken ways to call a step, and to carry out what it returns. */
import * as Effect from "effect/Effect"
import * as Socket from "../../../src/Socket.ts"
import { type Broken, onTransport } from "./breaking.ts"

const lines = (terminator: string) =>
  `recvLine with terminator ${terminator} returns the same lines, wherever the bytes are split`

const losesWhatWasTaken = onTransport(good => ({
  recvWith: step => Effect.tap(good.recvWith(step), () => Effect.yieldNow())
}))

export const brokenSteps: ReadonlyArray<Broken> = [
  {
    wrong: "drops the bytes that a step has seen when it asks for more",
    caughtBy: lines("any"),
    saying: /^in pieces of 1,19: expected \[Some "a", Some "b€", .*, got \[Some "", Some "b€", /,
    statement: onTransport(good => {
      const dropped = {}
      const receive = <A, E>(step: Socket.Step<A, E>): ReturnType<typeof good.recvWith<A, E>> =>
        Effect.flatMap(
          good.recvWith<A | typeof dropped, E>((view, ended, offset) => {
            const instruction = step(view, ended, offset)
            return instruction._tag === "More" && view.length > 0 ? Socket.take(view.length, dropped) : instruction
          }),
          value => (value === dropped ? receive(step) : Effect.succeed(value as A))
        )
      return { recvWith: receive }
    })
  },
  {
    wrong: "shows a step only the bytes that arrived since it asked for more",
    caughtBy:
      "recvUntil finds a delimiter wherever it is split, even one that overlaps itself, and leaves the bytes after it",
    saying:
      /^up to "abab", in pieces of 0,1,10: expected \[3 bytes \[97 98 97\], 0 bytes \[\]\], got \[2 bytes \[98 97\]/,
    statement: onTransport(good => ({
      recvWith: step =>
        Effect.suspend(() => {
          let seen = 0
          return good.recvWith((view, ended, offset) => {
            const instruction = step(view.subarray(seen), ended, offset + seen)
            if (instruction._tag === "Take") return Socket.take(instruction.bytes + seen, instruction.value)
            if (instruction._tag === "More") seen = view.length
            return instruction
          })
        })
    }))
  },
  {
    wrong: "calls every step with offset 0",
    caughtBy: "one recvUntil effect may run repeatedly, even after an interruption, a failure or another receive",
    saying: /^when the searched bytes that remain begin with the delimiter: expected "", got "ab"$/,
    statement: onTransport(good => ({ recvWith: step => good.recvWith((view, ended) => step(view, ended, 0)) }))
  },
  {
    wrong: "consumes the bytes for which a step fails",
    caughtBy:
      "a message of limit bytes is returned, wherever its delimiter is split; one byte more fails with LimitExceeded (operation, limit) and stays buffered",
    saying: /^recvUntil\("\\n"\) with limit 0: expected LimitExceeded, got .*did not finish within 3s/,
    statement: onTransport(good => ({
      recvWith: <A, E>(step: Socket.Step<A, E>) =>
        Effect.flatten(
          good.recvWith((view, ended, offset): Socket.Instruction<Effect.Effect<A, E>, never> => {
            const instruction = step(view, ended, offset)
            return instruction._tag === "More"
              ? instruction
              : instruction._tag === "Take"
                ? Socket.take(instruction.bytes, Effect.succeed(instruction.value))
                : Socket.take(view.length, Effect.fail(instruction.error))
          })
        )
    }))
  },
  {
    wrong: "loses the bytes that a step took if the receive is interrupted",
    caughtBy:
      "recvUntil, interrupted at any step, loses no byte, and the next receive works (the bytes arrive before it waits)",
    saying: /^the bytes that an interrupted recvUntil left: did not finish within 3s$/,
    statement: losesWhatWasTaken
  },
  {
    wrong: "loses the bytes that an interrupted recvAll has taken",
    caughtBy:
      "recvAll, interrupted at any step, has consumed all or nothing (the bytes and the end arrive before it waits)",
    saying: /^the whole stream: /,
    statement: losesWhatWasTaken
  },
  {
    wrong: "shows a step a reset as the end",
    caughtBy: "recvAll fails with Reset if the peer resets, and the bytes that arrived can still be received",
    saying: /^recvAll: expected RecvError Reset, got success: 30000 bytes/,
    statement: onTransport(good => ({
      recvWith: step =>
        Effect.catchIf(
          good.recvWith(step),
          error => error instanceof Error && "reason" in error && error.reason === "Reset",
          () => good.recvWith((view, _, offset) => step(view, true, offset))
        )
    }))
  },
  {
    wrong: "never shows a step the end",
    caughtBy:
      "if the stream ends before the delimiter, the receive fails with UnexpectedEnd (available) and the bytes stay buffered; if there are none, recvLine returns None (the end arrives while it waits)",
    saying: /^recvUntil\("\\n"\): did not finish within 3s$/,
    statement: onTransport(good => ({
      recvWith: step =>
        Effect.flatten(
          good.recvWith((view, ended, offset) => {
            const instruction = step(view, false, offset)
            if (instruction._tag === "Take") return Socket.take(instruction.bytes, Effect.succeed(instruction.value))
            return instruction._tag === "More" && ended ? Socket.take(0, Effect.never) : instruction
          })
        )
    }))
  },
  {
    wrong: "shows a step Buffers of Node, whose slice is a view",
    caughtBy:
      "received bytes are a plain Uint8Array with little spare memory; the library never changes it, but the caller may",
    saying: /^peekFull should return a plain Uint8Array, not a subclass$/,
    statement: onTransport(good => ({
      recvWith: step =>
        good.recvWith((view, ended, offset) =>
          step(Buffer.from(view.buffer, view.byteOffset, view.length), ended, offset)
        )
    }))
  }
]
