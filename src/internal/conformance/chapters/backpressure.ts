/**
 * Conformance properties about backpressure: a sender waits while its peer does not receive, and buffers stay bounded.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import {
  type Chapter,
  check,
  equal,
  isDone,
  pair,
  pattern,
  receive,
  sameBytes,
  still,
  type TransportUnderTest
} from "../kit/index.ts"

/** The size of the largest read from the operating system, in bytes. A buffer may exceed its limit by one read. */
const oneRead = 64 * 1024

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

const memoryIsBounded = (on: TransportUnderTest, before: number, what: string) =>
  Effect.map(on.memory, now => {
    const grown = now - before
    check(grown < on.memoryBound, `${what}: expected at most ${mib(on.memoryBound)} more memory, got ${mib(grown)}`)
  })

export const backpressure: Chapter = {
  title: "backpressure",
  properties: [
    ...[1024, 128 * 1024].map(highWaterMark => ({
      title: `if the peer does not receive, sendAll waits with bounded memory, and continues when the peer receives (highWaterMark ${highWaterMark})`,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark })
          const piece = pattern(64 * 1024)
          const pieces = Math.ceil((2 * on.clogBytes) / piece.length)
          const before = yield* on.memory
          const sending = yield* Effect.fork(Effect.repeatN(a.sendAll(piece), pieces - 1))
          yield* still(on, a, b)
          check(
            !(yield* isDone(sending)),
            `expected the sender to wait, but it sent ${mib(pieces * piece.length)} to a peer that does not receive`
          )
          const { bytesBuffered, bytesReceived } = yield* b.stats
          equal(bytesBuffered, bytesReceived, "bytesBuffered of the peer, which has consumed nothing")
          const most = highWaterMark + oneRead
          check(bytesBuffered <= most, `expected at most ${most} bytes buffered at the peer, got ${bytesBuffered}`)
          const { bytesSent, bytesUnsent } = yield* a.stats
          check(
            bytesUnsent > 0 && bytesUnsent <= piece.length,
            `expected 1 to ${piece.length} bytes unsent, got ${bytesUnsent}`
          )
          yield* memoryIsBounded(on, before, `${mib(bytesSent)} sent and not received`)
          for (let n = 0; n < pieces; n++) {
            sameBytes(yield* receive(b, piece.length), piece, `piece ${n}`)
          }
          yield* Fiber.join(sending)
        })
    })),
    {
      title: "100 waiting sends hold no memory beyond the buffers that they send",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const sent = pattern(on.clogBytes)
          const before = yield* on.memory
          const senders = yield* Effect.forEach(Array.from({ length: 100 }), () => Effect.fork(a.sendAll(sent)))
          yield* still(on, a, b)
          yield* memoryIsBounded(on, before, "100 sends of one buffer")
          yield* Fiber.interruptAll(senders)
          equal((yield* a.stats).bytesUnsent <= sent.length, true, "the unsent bytes are at most those of one send")
          yield* a.abort
        })
    },
    {
      title: "during a flood, a receiver that takes 1 byte at a time buffers a bounded amount",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 16_384 })
          const flood = pattern(100_000)
          const before = yield* on.memory
          const sending = yield* Effect.fork(Effect.forever(a.sendAll(flood)))
          for (let n = 0; n < 50_000; n++) {
            const byte = Option.getOrThrow(yield* b.recv(1))
            check(byte.length === 1 && byte[0] === flood[n % flood.length], `byte ${n} is not what was sent`)
            if (n % 500 === 0) {
              const { bytesBuffered } = yield* b.stats
              const most = 16_384 + oneRead
              check(bytesBuffered <= most, `expected at most ${most} bytes buffered, got ${bytesBuffered}`)
              yield* on.turn
            }
          }
          yield* memoryIsBounded(on, before, "a flood")
          check(!(yield* isDone(sending)), "the sender should still be sending")
          yield* a.abort
        })
    },
    {
      title: "a receive of n bytes, n greater than highWaterMark, buffers up to n bytes, but only while it waits",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 1000 })
          const sent = pattern(on.clogBytes)
          yield* Effect.fork(a.sendAll(sent))
          const whole = 2 * 1024 * 1024
          sameBytes(yield* b.recvExactly(whole), sent.subarray(0, whole), "recvExactly of 2 MiB")
          check(
            (yield* b.stats).bytesBuffered <= oneRead,
            `expected at most ${oneRead} bytes buffered after recvExactly of 2 MiB`
          )
          sameBytes(yield* b.recvExactly(10), sent.subarray(whole, whole + 10), "the bytes after the first 2 MiB")
          yield* still(on, a, b)
          const { bytesBuffered } = yield* b.stats
          check(
            bytesBuffered <= 1000 + oneRead,
            `expected at most ${1000 + oneRead} bytes buffered, got ${bytesBuffered}`
          )
          yield* a.abort
        })
    },
    {
      title: "a busy connection does not starve the rest of the program",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const byte = pattern(1)
          // This loop never yields to other fibers by itself. A loop with `Effect.forever` would yield after each send.
          const send = Effect.whileLoop({ while: () => true, body: () => a.sendAll(byte), step: () => {} })
          const sending = yield* Effect.fork(send)
          const receiving = yield* Effect.fork(Effect.forever(b.recv(1_000_000)))
          for (let turn = 0; turn < 200; turn++) {
            const before = (yield* a.stats).bytesSent
            yield* on.turn
            const sends = (yield* a.stats).bytesSent - before
            check(sends <= 5000, `expected at most 5000 sends before other fibers run, got ${sends}`)
          }
          yield* Fiber.interruptAll([sending, receiving])
        })
    }
  ]
}
