/**
 * Chapter: the reset, and sends to a peer that has gone.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Socket from "../../../Socket.ts"
import {
  arrived,
  type Chapter,
  check,
  clog,
  eitherWay,
  equal,
  failed,
  fails,
  pair,
  pattern,
  prefixOf,
  receiveAll,
  receivers,
  sameBytes,
  scoped,
  still,
  type TransportUnderTest,
  turns,
  utf8
} from "../kit/index.ts"

const gone = ["Reset", "BrokenPipe"]

/** Sends until it fails: a peer that has gone is not known to be gone at once. */
const sendUntilItFails = (on: TransportUnderTest, socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 100; tries++) {
      const exit = yield* Effect.exit(socket.sendAll(utf8("x")))
      if (exit._tag === "Failure") return exit
      // The peer's answer to it has to come: there is nothing else to wait for.
      yield* turns(on, 5)
    }
    return yield* Effect.dieMessage("expected sends to a peer that has gone to fail, but 100 of them succeeded")
  })

/** Reset, whatever one asks for, and for ever: also when the system has let go of the connection. */
const staysReset = (on: TransportUnderTest, socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (const when of ["after the reset", "some turns later"]) {
      for (const receiver of receivers) {
        yield* fails(receiver.run(socket), "RecvError", "Reset", `${receiver.name} ${when}`)
      }
      yield* fails(socket.sendAll(utf8("x")), "SendError", gone, `sendAll ${when}`)
      yield* turns(on, 10)
    }
  })

export const theReset: Chapter = {
  title: "the reset",
  properties: [
    {
      title: "bytes, then a reset: the bytes that had come, then Reset, and Reset again",
      needs: ["reset"],
      run: on =>
        Effect.forEach(
          [1, 1000, 100_000],
          size =>
            eitherWay(on, (a, b) =>
              Effect.gen(function* () {
                const sent = pattern(size)
                yield* a.sendAll(sent)
                yield* arrived(on, b, size)
                yield* a.abort
                yield* b.awaitEnd
                equal(yield* b.peekFull(size + 1), Option.some(sent), "peek of what had come")
                yield* fails(b.recvExactly(size + 1), "RecvError", "Reset", "a promise of more than had come")
                const { bytes, end } = yield* receiveAll(b, 30_000)
                sameBytes(bytes, sent, "what had come")
                equal(end, "Reset", "after that")
                yield* staysReset(on, b)
              })
            ),
          { discard: true }
        )
    },
    ...[1000, 128 * 1024].map(highWaterMark => ({
      title: `a receiver that is held back at its mark of ${highWaterMark} bytes gets what had come, then Reset, never an end`,
      needs: ["reset"] as const,
      run: (on: TransportUnderTest) =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const { sender, sent } = yield* clog(on, a, b)
              const had = (yield* b.stats).bytesBuffered
              check(had >= highWaterMark, `it should be full, but has ${had} bytes`)
              yield* a.abort
              yield* Fiber.await(sender)
              const { bytes, end } = yield* receiveAll(b, 10_000)
              equal(end, "Reset", `after ${bytes.length} of ${sent.length} bytes`)
              prefixOf(bytes, sent, "what came before the reset")
              check(bytes.length >= had, `expected the ${had} bytes that had come, got ${bytes.length}`)
              yield* staysReset(on, b)
            }),
          { highWaterMark }
        )
    })),
    ...[1000, 10_000, 30_000].map(late => ({
      title: `of 30000 and ${late} bytes that came before a reset, a receiver that is held back gets all`,
      needs: ["reset"] as const,
      run: (on: TransportUnderTest) =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const sent = pattern(30_000 + late)
              for (const part of [sent.subarray(0, 30_000), sent.subarray(30_000)]) {
                yield* a.sendAll(part)
                yield* still(on, a, b)
              }
              yield* a.abort
              yield* turns(on, 10)
              const { bytes, end } = yield* receiveAll(b, 7000)
              sameBytes(bytes, sent, "what had come")
              equal(end, "Reset", "after that")
              yield* staysReset(on, b)
            }),
          { highWaterMark: 1000 }
        )
    })),
    {
      title: "a reset that meets bytes at random moments is never an end, and what is received is how the stream began",
      needs: ["reset"],
      run: on =>
        Effect.forEach(
          Array.from({ length: 40 }, (_, n) => n),
          n =>
            scoped(
              Effect.gen(function* () {
                const { a, b } = yield* pair(on, { highWaterMark: 4096 })
                const sent = pattern(1 + n * 10_000)
                const receiving = n % 2 === 0 ? yield* Effect.fork(receiveAll(b, 3000)) : undefined
                yield* Effect.fork(a.sendAll(sent))
                yield* turns(on, 1 + (n % 7))
                yield* a.abort
                const { bytes, end } = yield* receiving === undefined ? receiveAll(b, 3000) : Fiber.join(receiving)
                equal(end, "Reset", `after ${bytes.length} of ${sent.length} bytes`)
                prefixOf(bytes, sent, "what came before the reset")
              })
            ),
          { discard: true }
        )
    },
    ...(["close", "abort"] as const).map(how => ({
      title: `after the peer has gone by ${how}, sends fail with BrokenPipe or Reset within a few tries, and go on failing`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* b[how]
            failed(yield* sendUntilItFails(on, a), "SendError", gone, "a send to a peer that has gone")
            for (let again = 0; again < 3; again++) {
              yield* fails(a.sendAll(utf8("x")), "SendError", gone, "the next send")
              yield* fails(a.sendAll(new Uint8Array(0)), "SendError", gone, "an empty send")
              yield* turns(on, 10)
            }
          })
        )
    }))
  ]
}
