/**
 * Conformance properties about memory: how much memory a connection holds for the bytes that it has buffered.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Chapter, check, eitherWay, equal, pair, pattern, receive, sameBytes, until } from "../kit/index.ts"

/** The high-water mark of each connection, in bytes. */
const highWaterMark = 8 * 1024
/**
 * The number of connections. With fewer connections, the inaccuracy of the measurement would hide the memory that they
 * hold.
 */
const connections = 12
/** The inaccuracy of the memory measurement, in bytes. The whole process is measured. */
const noise = 2 * 1024 * 1024
/**
 * In bytes. The simulated network keeps an event for each piece in its trace. An event takes 110 bytes. A chunk that is
 * kept for each piece takes 190 bytes or more in addition, so the properties with pieces of 1 and 2 bytes find it.
 */
const traceEvent = 120

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

export const memory: Chapter = {
  title: "memory",
  properties: [
    ...[1, 2, 64].map(bytes => ({
      title: `an unread connection whose peer sends pieces of ${bytes === 1 ? "1 byte" : `${bytes} bytes`} holds at most twice the bytes that it has buffered`,
      run: (on: Parameters<typeof eitherWay>[0]) =>
        Effect.gen(function* () {
          const pairs = yield* Effect.forEach(Array.from({ length: connections }), (_, n) =>
            Effect.map(pair(on, { highWaterMark }), ({ a, b }) => (n % 2 === 0 ? { a, b } : { a: b, b: a }))
          )
          const sent = pattern(highWaterMark - 1)
          const before = yield* on.memory
          for (let at = 0; at < sent.length; at += bytes) {
            const piece = sent.subarray(at, at + bytes)
            yield* Effect.forEach(pairs, ({ a }) => a.sendAll(piece), { discard: true })
            yield* on.turn
          }
          for (const { b } of pairs) {
            const arrived = Effect.map(b.stats, ({ bytesReceived }) => bytesReceived === sent.length)
            yield* until(on, "all pieces should arrive", arrived)
            equal((yield* b.stats).bytesBuffered, sent.length, "bytesBuffered")
          }
          const held = (yield* on.memory) - before
          const pieces = connections * Math.ceil(sent.length / bytes)
          const most = 2 * connections * highWaterMark + pieces * traceEvent + noise
          check(held < most, `${connections} connections: expected at most ${mib(most)} more memory, got ${mib(held)}`)
          for (const { b } of pairs) sameBytes(yield* receive(b, sent.length), sent, "the bytes")
        })
    })),
    {
      title: "a connection whose peer sends pieces of 65,536 bytes buffers at most highWaterMark bytes and one read",
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const piece = pattern(65_536)
              const sending = yield* Effect.fork(Effect.repeatN(a.sendAll(piece), 31))
              for (let n = 0; n < 32; n++) {
                sameBytes(yield* receive(b, piece.length), piece, `piece ${n}`)
                const { bytesBuffered } = yield* b.stats
                check(
                  bytesBuffered <= highWaterMark + 65_536,
                  `expected at most ${highWaterMark + 65_536} bytes buffered, got ${bytesBuffered}`
                )
              }
              yield* sending.await
            }),
          { highWaterMark }
        )
    }
  ]
}
