/**
 * Chapter: interruption, and time limits.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Socket from "../../Socket.ts"
import { concat, cut, frame, frameIds, Random, textOf, utf8 } from "./bytes.ts"
import type { Chapter, TransportUnderTest } from "./contract.ts"
import { check, equal, failed, sameBytes, soon, succeeded } from "./expect.ts"
import { interruptEverywhere, interruptSometime } from "./interrupting.ts"
import { arrived, clog, eitherWay, forkParked, isDone, isInterrupted, pair, receive, roundTrip } from "./pairs.ts"
import { receivers } from "./receivers.ts"

type Receiving = Effect.Effect<void, unknown>

/**
 * Receives of random sizes. `keep` is called in the continuation of the receive itself (`Effect.map` would be one step
 * later): from the take to there nothing can come between.
 */
const takers: Readonly<
  Record<string, (socket: Socket.Socket, keep: (bytes: Uint8Array) => void, n: number, left: number) => Receiving>
> = {
  recv: (socket, keep, n) =>
    Effect.flatMap(socket.recv(n), bytes => {
      keep(Option.getOrThrow(bytes))
      return Effect.void
    }),
  "peek and recv": (socket, keep, n, left) =>
    Effect.gen(function* () {
      const seen = Option.getOrThrow(yield* socket.peek(Math.min(n, left)))
      const bytes = Option.getOrThrow(yield* socket.recv(n))
      keep(bytes)
      const both = Math.min(seen.length, bytes.length)
      sameBytes(bytes.subarray(0, both), seen.subarray(0, both), "recv after peek")
    }),
  recvExactly: (socket, keep, n, left) =>
    Effect.gen(function* () {
      keep(yield* socket.recvExactly(Math.min(n, left)))
    }),
  recvText: (socket, keep, n) =>
    Effect.flatMap(socket.recvText(n), text => {
      keep(utf8(Option.getOrThrow(text)))
      return Effect.void
    }),
  "receive with a step": (socket, keep, n, left) => {
    const wanted = Math.min(n, left)
    const step: Socket.Step<Uint8Array, never> = view =>
      view.length < wanted ? Socket.more(wanted) : Socket.take(wanted, view.slice(0, wanted))
    return Effect.gen(function* () {
      keep(yield* socket.receive(step))
    })
  }
}

/** A stream in pieces with pauses of random length between them. */
const dribble = (on: TransportUnderTest, socket: Socket.Socket, bytes: Uint8Array, random: Random) =>
  Effect.forEach(
    cut(bytes, random, 4000),
    piece => Effect.zipRight(socket.sendAll(piece), Effect.repeatN(on.turn, random.int(0, 6))),
    { discard: true }
  )

export const interruption: Chapter = {
  title: "interruption",
  properties: [
    ...Object.entries(takers).map(([name, take]) => ({
      title: `${name}, interrupted at random moments while a stream flows, loses nothing and repeats nothing`,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 8192 })
          const random = new Random(29)
          const sent = utf8(random.text(100_000))
          yield* Effect.fork(dribble(on, a, sent, new Random(30)))
          const got: Array<Uint8Array> = []
          let length = 0
          let interrupted = 0
          const keep = (bytes: Uint8Array) => {
            got.push(bytes)
            length += bytes.length
          }
          while (length < sent.length) {
            const receiving = take(b, keep, random.int(1, 5000), sent.length - length)
            const exit = yield* interruptSometime(on, random, receiving)
            if (!isInterrupted(exit)) succeeded(exit, name)
            else interrupted += 1
          }
          sameBytes(concat(got), sent, `what ${name} gave, interrupted ${interrupted} times`)
          check(interrupted > 5, `it should have been interrupted now and then, but was ${interrupted} times`)
        })
    })),
    ...Object.entries(takers).flatMap(([name, take]) =>
      (["before", "while"] as const).map(when => ({
        title: `${name}, interrupted at each of its steps, loses nothing, and the next receive is not Busy (bytes come ${when} it waits)`,
        run: (on: TransportUnderTest) =>
          Effect.gen(function* () {
            const { a, b } = yield* pair(on)
            const got: Array<Uint8Array> = []
            let sent = 0
            const send = Effect.suspend(() => a.sendAll(utf8(`${String(sent++).padStart(7, "0")},`)))
            const sendBefore = when === "before" ? Effect.zipRight(send, arrived(on, b, 8)) : Effect.void
            yield* sendBefore
            yield* interruptEverywhere(
              on,
              take(b, bytes => got.push(bytes), 8, 8),
              when === "while" ? send : Effect.void,
              exit =>
                Effect.gen(function* () {
                  if (!isInterrupted(exit)) succeeded(exit, name)
                  // What an interrupted receive left, and nothing else, is there for the next one.
                  const missing = sent * 8 - got.reduce((sum, bytes) => sum + bytes.length, 0)
                  if (missing > 0) got.push(yield* soon(b.recvExactly(missing), `what an interrupted ${name} left`))
                  if (when === "before") yield* send
                })
            )
            const expected = Array.from({ length: got.length }, (_, n) => `${String(n).padStart(7, "0")},`)
            equal(textOf(concat(got)), expected.join(""), "all that was received")
          })
      }))
    ),
    {
      title: "a receive that timed out leaves the socket usable, and has lost nothing",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            for (const receiver of receivers) {
              const late = yield* Effect.timeoutOption(receiver.run(b), 2)
              equal(Option.isNone(late), true, `${receiver.name} with nothing to receive times out`)
              yield* a.sendAll(utf8("ab"))
              if (receiver.name !== "recv" && receiver.name !== "recvText") {
                yield* Effect.timeoutOption(receiver.run(b), 2)
              }
              yield* a.sendAll(utf8("cd"))
              equal(textOf(yield* b.recvExactly(4)), "abcd", `after ${receiver.name} timed out`)
              yield* b.sendAll(utf8("answer"))
              equal(textOf(yield* a.recvExactly(6)), "answer", "the other direction")
            }
          })
        )
    },
    {
      title: "sends and receives time out independently",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const { sender, sent } = yield* clog(on, a, b)
            const receiving = yield* forkParked(on, a.recv(100))
            const late = yield* Effect.timeoutOption(a.sendAll(utf8("late")), 20)
            equal(Option.isNone(late), true, "a send to a peer that does not receive times out")
            check(!(yield* isDone(receiving)), "the receive should still wait")
            yield* b.sendAll(utf8("x"))
            equal(yield* Fiber.join(receiving), Option.some(utf8("x")), "the receive")
            equal(Option.isNone(yield* Effect.timeoutOption(a.recv(1), 20)), true, "a receive times out")
            check(!(yield* isDone(sender)), "the send should still wait")
            sameBytes(yield* receive(b, sent.length), sent, "what was in flight")
            succeeded(yield* Fiber.await(sender), "the send in flight")
          })
        )
    },
    {
      title: "100 receives, sends, time limits and looks at once spoil nothing, and then a round trip works",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const echo = Effect.flatMap(b.recv(1000), bytes => b.sendAll(Option.getOrThrow(bytes)))
            const echoing = yield* Effect.fork(Effect.forever(echo))
            const hundred = Array.from({ length: 100 }, (_, n) => n)
            const got: Array<Uint8Array> = []
            const receiving = Effect.gen(function* () {
              got.push(Option.getOrThrow(yield* a.recv(1_000_000)))
            })
            const exits = yield* Effect.forEach(
              hundred,
              n =>
                Effect.all(
                  [
                    Effect.exit(receiving),
                    Effect.exit(a.sendAll(frame(n, n * 5))),
                    Effect.exit(Effect.timeout(receiving, n % 5)),
                    Effect.sync(() => [a.localAddress, a.remoteAddress, String(a)]),
                    a.stats
                  ],
                  { concurrency: "unbounded" }
                ),
              { concurrency: "unbounded" }
            )
            for (const [recv, send] of exits) {
              succeeded(send, "a send")
              if (Exit.isFailure(recv)) failed(recv, "RecvError", "Busy", "a receive")
            }
            const sum = (pieces: ReadonlyArray<Uint8Array>) => pieces.reduce((total, piece) => total + piece.length, 0)
            const total = sum(hundred.map(n => frame(n, n * 5)))
            got.push(yield* receive(a, total - sum(got)))
            equal(
              frameIds(concat(got)).toSorted((x, y) => x - y),
              hundred,
              "the frames that came back"
            )
            yield* Fiber.interrupt(echoing)
            yield* roundTrip(a, b)
          })
        )
    }
  ]
}
