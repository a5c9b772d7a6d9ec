/**
 * Conformance properties about interrupted receives: no byte is lost or repeated. `Effect.timeout` interrupts too.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Socket from "../../../Socket.ts"
import {
  arrived,
  type Chapter,
  check,
  clog,
  concat,
  cut,
  eitherWay,
  equal,
  failed,
  forkParked,
  frame,
  frameIds,
  interruptEverywhere,
  interruptSometime,
  isDone,
  isInterrupted,
  lineEnd,
  type Pair,
  pair,
  Random,
  randomLines,
  receive,
  receivers,
  roundTrip,
  sameBytes,
  soon,
  succeeded,
  type TransportUnderTest,
  takers,
  textOf,
  utf8
} from "../kit/index.ts"

const lengthOf = (pieces: ReadonlyArray<Uint8Array>): number => pieces.reduce((sum, piece) => sum + piece.length, 0)

/** Sends the bytes in pieces, with pauses of random length between them. */
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
      title: `${name}, interrupted at random moments, loses no byte and repeats none`,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 8192 })
          const random = new Random(29)
          const sent = utf8(randomLines(random, 60, 3500))
          yield* Effect.fork(dribble(on, a, sent, new Random(30)))
          const got: Array<Uint8Array> = []
          let length = 0
          let interrupted = 0
          const keep = (bytes: Uint8Array) => {
            got.push(bytes)
            length += bytes.length
          }
          while (length < sent.length) {
            const receiving = take(b, keep, random.int(1, 5000), sent.subarray(length))
            const exit = yield* interruptSometime(on, random, receiving)
            if (!isInterrupted(exit)) succeeded(exit, name)
            else interrupted += 1
          }
          sameBytes(concat(got), sent, `the bytes from ${name}, interrupted ${interrupted} times`)
          check(interrupted > 5, `expected more than 5 interruptions, got ${interrupted}`)
        })
    })),
    ...Object.entries(takers).flatMap(([name, take]) =>
      (["before", "while"] as const).map(when => ({
        title: `${name}, interrupted at any step, loses no byte, and the next receive works (the bytes arrive ${when} it waits)`,
        run: (on: TransportUnderTest) =>
          Effect.gen(function* () {
            const { a, b } = yield* pair(on)
            const got: Array<Uint8Array> = []
            let sent = 0
            const message = (n: number) => String(n).padStart(6, "0") + lineEnd
            const send = Effect.suspend(() => a.sendAll(utf8(message(sent++))))
            const sendBefore = when === "before" ? Effect.zipRight(send, arrived(on, b, 8)) : Effect.void
            yield* sendBefore
            yield* interruptEverywhere(
              on,
              Effect.suspend(() => take(b, bytes => got.push(bytes), 8, utf8(message(lengthOf(got) / 8)))),
              when === "while" ? send : Effect.void,
              exit =>
                Effect.gen(function* () {
                  if (!isInterrupted(exit)) succeeded(exit, name)
                  // If an interrupted receive left bytes, the next receive gets exactly these bytes.
                  const missing = sent * 8 - lengthOf(got)
                  if (missing > 0)
                    got.push(yield* soon(b.recvExactly(missing), `the bytes that an interrupted ${name} left`))
                  if (when === "before") yield* send
                })
            )
            const expected = Array.from({ length: lengthOf(got) / 8 }, (_, n) => message(n))
            equal(textOf(concat(got)), expected.join(""), "all received bytes")
          })
      }))
    ),
    {
      title: "recvAll, interrupted at random moments, returns the whole stream in the end",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 8192 })
          const random = new Random(31)
          const sent = random.bytes(200_000)
          yield* Effect.fork(Effect.zipRight(dribble(on, a, sent, new Random(32)), a.shutdownSend))
          const got: Array<Uint8Array> = []
          const receiving = Effect.gen(function* () {
            got.push(yield* b.recvAll())
          })
          let interrupted = 0
          while (got.length === 0) {
            const fiber = yield* Effect.fork(receiving)
            yield* Effect.repeatN(on.turn, random.int(0, 4))
            const exit = yield* Fiber.interrupt(fiber)
            if (!isInterrupted(exit)) succeeded(exit, "recvAll")
            else interrupted += 1
          }
          sameBytes(concat(got), sent, `the bytes from recvAll, interrupted ${interrupted} times`)
          check(interrupted > 5, `expected more than 5 interruptions, got ${interrupted}`)
        })
    },
    ...(["before", "while"] as const).map(when => ({
      title: `recvAll, interrupted at any step, has consumed all or nothing (the bytes and the end arrive ${when} it waits)`,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const sent = utf8("all of it")
          const send = ({ a, b }: Pair) => Effect.all([a.sendAll(sent), a.shutdownSend, b.awaitEnd])
          const next = Effect.tap(pair(on), pair => (when === "before" ? send(pair) : Effect.void))
          let current = yield* next
          let got: Uint8Array | undefined
          const receiving = Effect.gen(function* () {
            got = yield* current.b.recvAll()
          })
          yield* interruptEverywhere(
            on,
            receiving,
            Effect.suspend(() => (when === "while" ? send(current) : Effect.void)),
            exit =>
              Effect.gen(function* () {
                if (!isInterrupted(exit)) succeeded(exit, "recvAll")
                const left = yield* soon(current.b.recvAll(), "recvAll after an interrupted one")
                sameBytes(got ?? left, sent, "the whole stream")
                equal(
                  got === undefined || left.length === 0,
                  true,
                  "after a recvAll that returned, the next one returns no bytes"
                )
                yield* Effect.all([current.a.close, current.b.close])
                got = undefined
                current = yield* next
              })
          )
        })
    })),
    {
      title: "a receive interrupted by Effect.timeout consumes nothing and leaves the socket usable",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            for (const receiver of receivers) {
              const late = yield* Effect.timeoutOption(receiver.run(b), 2)
              equal(Option.isNone(late), true, `${receiver.name} with nothing to receive times out`)
              yield* a.sendAll(utf8("ab"))
              if (!receiver.takesFewer) {
                const early = yield* Effect.timeoutOption(receiver.run(b), 2)
                equal(Option.isNone(early), true, `${receiver.name} with 2 bytes to receive times out`)
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
      title: "interrupting a send by Effect.timeout does not disturb a receive, and vice versa",
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
            sameBytes(yield* receive(b, sent.length), sent, "the bytes of the send in flight")
            succeeded(yield* Fiber.await(sender), "the send in flight")
          })
        )
    },
    {
      title:
        "100 concurrent receives, sends, timeouts and reads of stats lose no byte, and a round trip works afterwards",
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
            const total = lengthOf(hundred.map(n => frame(n, n * 5)))
            got.push(yield* receive(a, total - lengthOf(got)))
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
