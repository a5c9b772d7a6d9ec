/** Broken ways to show a step what has come, and to do as it says. */
import * as Effect from "effect/Effect"
import * as Socket from "../../../src/Socket.ts"
import { type Broken, onTransport } from "./breaking.ts"

const lines = (terminator: string) =>
  `recvLine with terminator ${terminator} gives the same lines wherever a border falls, between any two bytes of them`

const losesWhatWasTaken = onTransport(good => ({
  recvWith: step => Effect.tap(good.recvWith(step), () => Effect.yieldNow())
}))

export const brokenSteps: ReadonlyArray<Broken> = [
  {
    wrong: "drops what a step has looked at, and asked for more of",
    caughtBy: lines("any"),
    saying: /^in pieces of 1,19: expected \[some "a", some "b€", .*, got \[some "", some "b€", /,
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
    wrong: "shows a step nothing but what came since it asked for more",
    caughtBy:
      "recvUntil finds a delimiter wherever it is split, also one that overlaps itself, and what comes after it stays",
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
    wrong: "tells every step that nothing was consumed before it",
    caughtBy:
      "one receive may be run again and again, also where it was interrupted, has failed, or others received in between",
    saying: /^where the rest of what it had seen begins the delimiter: expected "", got "ab"$/,
    statement: onTransport(good => ({ recvWith: step => good.recvWith((view, ended) => step(view, ended, 0)) }))
  },
  {
    wrong: "consumes what a step refuses",
    caughtBy:
      "a message of as many bytes as the limit is given, wherever its delimiter is split; one byte more is LimitExceeded, with function and limit, and stays",
    saying: /^recvUntil\("\\n"\) with limit 0: expected LimitExceeded, got .*expected it to end within 3s/,
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
    wrong: "loses what a step took when it is interrupted",
    caughtBy:
      "recvUntil, interrupted at each of its steps, loses nothing, and the next receive is not Busy (bytes come before it waits)",
    saying: /^what an interrupted recvUntil left: expected it to end within 3s$/,
    statement: losesWhatWasTaken
  },
  {
    wrong: "loses all that recvAll took when it is interrupted",
    caughtBy:
      "recvAll, interrupted at each of its steps, has taken all or nothing (bytes and their end come before it waits)",
    saying: /^all of it: /,
    statement: losesWhatWasTaken
  },
  {
    wrong: "shows a step a reset as an end",
    caughtBy: "recvAll fails with the reset that cuts what it waits for, and what had come stays to be received",
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
    wrong: "shows a step no end",
    caughtBy:
      "an end before the delimiter is UnexpectedEnd, with how many bytes there are, and they stay; recvLine gives None where there are none (the end comes while it waits)",
    saying: /^recvUntil\("\\n"\): expected it to end within 3s$/,
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
    wrong: "shows a step Buffers of Node, of which a slice is no copy",
    caughtBy:
      "bytes that were handed out are plain, small, and the caller's own: never touched again, and free to be changed",
    saying: /^what peek gives should be a Uint8Array, and no subclass of it$/,
    statement: onTransport(good => ({
      recvWith: step =>
        good.recvWith((view, ended, offset) =>
          step(Buffer.from(view.buffer, view.byteOffset, view.length), ended, offset)
        )
    }))
  }
]
