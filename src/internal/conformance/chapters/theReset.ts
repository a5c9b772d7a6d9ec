/**
 * Conformance properties about resets, and about sends to a peer that has closed or reset the connection.
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

/**
 * Sends until a send fails, and returns the failed exit. The first sends may succeed, because the system does not know
 * yet that the peer has closed or reset.
 */
const sendUntilItFails = (on: TransportUnderTest, socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 100; tries++) {
      const exit = yield* Effect.exit(socket.sendAll(utf8("x")))
      if (exit._tag === "Failure") return exit
      // The peer answers the send with a reset. No event reports that the reset has arrived. So this lets other fibers
      // and events run 5 times.
      yield* turns(on, 5)
    }
    return yield* Effect.dieMessage("expected a send to a peer that is gone to fail, but 100 sends succeeded")
  })

/**
 * Checks twice that every receive function and `sendAll` fail: right after the reset, and later, when the system has
 * had time to release the connection.
 */
const staysReset = (on: TransportUnderTest, socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (const when of ["after the reset", "some time after the reset"]) {
      for (const receiver of receivers) {
        yield* fails(receiver.run(socket), "RecvError", "Reset", `${receiver.name} ${when}`)
      }
      yield* fails(socket.sendAll(utf8("x")), "SendError", gone, `sendAll ${when}`)
      yield* turns(on, 10)
    }
  })

export const theReset: Chapter = {
  title: "resets",
  properties: [
    {
      title: "bytes that arrived before a reset are received first; then every receive fails with Reset",
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
                equal(yield* b.peekFull(size + 1), Option.some(sent), "peekFull of the bytes before the reset")
                yield* fails(b.recvExactly(size + 1), "RecvError", "Reset", "recvExactly of more bytes than arrived")
                const { bytes, end } = yield* receiveAll(b, 30_000)
                sameBytes(bytes, sent, "the bytes before the reset")
                equal(end, "Reset", "how the stream ended")
                yield* staysReset(on, b)
              })
            ),
          { discard: true }
        )
    },
    ...[1000, 128 * 1024].map(highWaterMark => ({
      title: `a receiver paused at highWaterMark ${highWaterMark} gets the bytes that arrived before a reset, then Reset, never the end`,
      needs: ["reset"] as const,
      run: (on: TransportUnderTest) =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const { sender, sent } = yield* clog(on, a, b)
              const had = (yield* b.stats).bytesBuffered
              check(had >= highWaterMark, `expected at least ${highWaterMark} bytes buffered, got ${had}`)
              yield* a.abort
              yield* Fiber.await(sender)
              const { bytes, end } = yield* receiveAll(b, 10_000)
              equal(end, "Reset", `after ${bytes.length} of ${sent.length} bytes`)
              prefixOf(bytes, sent, "the bytes before the reset")
              check(
                bytes.length >= had,
                `expected at least the ${had} bytes that were buffered before the reset, got ${bytes.length}`
              )
              yield* staysReset(on, b)
            }),
          { highWaterMark }
        )
    })),
    ...[1000, 10_000, 30_000].map(late => ({
      title: `a paused receiver gets all bytes that arrived before a reset (30000, then ${late})`,
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
              sameBytes(bytes, sent, "the bytes before the reset")
              equal(end, "Reset", "how the stream ended")
              yield* staysReset(on, b)
            }),
          { highWaterMark: 1000 }
        )
    })),
    {
      title: "a reset at a random moment never looks like the end, and the bytes before it are a prefix of the stream",
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
                prefixOf(bytes, sent, "the bytes before the reset")
              })
            ),
          { discard: true }
        )
    },
    ...(["close", "abort"] as const).map(how => ({
      title: `after the peer's ${how}, sends soon fail with BrokenPipe or Reset, and keep failing`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* b[how]
            failed(yield* sendUntilItFails(on, a), "SendError", gone, "a send to a peer that is gone")
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
