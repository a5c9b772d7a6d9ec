/**
 * Conformance properties about plain sends and receives: bytes arrive unchanged, in order and once.
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
  concat,
  cut,
  eitherWay,
  equal,
  fails,
  forkParked,
  fourBytes,
  frame,
  frameIds,
  pair,
  pattern,
  Random,
  receive,
  receiveAll,
  receivers,
  sameBytes,
  succeeded,
  type TransportUnderTest,
  utf8
} from "../kit/index.ts"

const empty = new Uint8Array(0)

const sendInPieces = (socket: Socket.Socket, bytes: Uint8Array, random: Random, most: number) =>
  Effect.forEach(cut(bytes, random, most), piece => socket.sendAll(piece), { discard: true })

const receiveInPieces = (socket: Socket.Socket, total: number, random: Random, most: number) =>
  Effect.gen(function* () {
    const pieces: Array<Uint8Array> = []
    for (let left = total; left > 0; ) {
      const bufsize = Math.min(left, random.int(1, most))
      const piece = Option.getOrThrow(yield* socket.recv(bufsize))
      check(piece.length > 0 && piece.length <= bufsize, `recv(${bufsize}) returned ${piece.length} bytes`)
      left -= piece.length
      pieces.push(piece)
    }
    return concat(pieces)
  })

export const sendingAndReceiving: Chapter = {
  title: "sending and receiving",
  properties: [
    {
      title: "a waiting recv returns the bytes that the other end sends",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const waiting = yield* forkParked(on, b.recv(1))
            yield* a.sendAll(utf8("x"))
            equal(yield* Fiber.join(waiting), Option.some(utf8("x")), "recv(1)")
          })
        )
    },
    {
      title: "an empty send succeeds, sends nothing, and does not end the stream",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* a.sendAll(empty)
            yield* a.sendAll([])
            yield* a.sendAll([empty, empty])
            yield* a.sendText("")
            yield* a.sendAll(utf8("x"))
            yield* a.sendAll(empty)
            equal(yield* b.recv(10), Option.some(utf8("x")), "the only byte that was sent")
            equal((yield* a.stats).bytesSent, 1, "bytesSent")
          })
        )
    },
    {
      title: "recv returns 1 to bufsize bytes, in order, and leaves the rest",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* a.sendAll(utf8("0123456789"))
            yield* arrived(on, b, 10)
            equal(yield* b.recv(4), Option.some(utf8("0123")), "recv(4)")
            equal(yield* b.recv(1), Option.some(utf8("4")), "recv(1)")
            equal(yield* b.recv(100), Option.some(utf8("56789")), "recv(100)")
          })
        )
    },
    {
      title: "a bufsize that is not a positive safe integer fails with InvalidBufsize and consumes nothing",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* a.sendAll(utf8("abc"))
          for (const bufsize of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
            yield* fails(b.recv(bufsize), "RecvError", "InvalidBufsize", `recv(${bufsize})`)
            yield* fails(b.peekFull(bufsize), "RecvError", "InvalidBufsize", `peekFull(${bufsize})`)
            yield* fails(b.recvText(bufsize), "RecvError", "InvalidBufsize", `recvText(${bufsize})`)
            if (bufsize !== 0) {
              yield* fails(b.recvExactly(bufsize), "RecvError", "InvalidBufsize", `recvExactly(${bufsize})`)
              yield* fails(b.discard(bufsize), "RecvError", "InvalidBufsize", `discard(${bufsize})`)
            }
          }
          yield* fails(b.recvInto(empty), "RecvError", "InvalidBufsize", "recvInto of an empty buffer")
          sameBytes(yield* b.recvExactly(3), utf8("abc"), "the bytes afterwards")
        })
    },
    {
      title: "a bufsize of 2^40 works: bufsize is a limit, not an allocation",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* a.sendAll(utf8("abc"))
          yield* a.shutdownSend
          equal(yield* b.peekFull(2 ** 40), Option.some(utf8("abc")), "peekFull at the end")
          const got = Option.getOrThrow(yield* b.recv(2 ** 40))
          sameBytes(got, utf8("abc"), "recv")
          check(got.buffer.byteLength < 1024, `3 bytes should not hold ${got.buffer.byteLength} bytes of memory`)
        })
    },
    {
      title:
        "after another fiber's receive has been interrupted, a receive does not fail with Busy, even if that fiber has not ended yet",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            for (const first of receivers) {
              for (const second of receivers) {
                const what = `${second.name}, right after the interruption of ${first.name}`
                const told = yield* forkParked(on, first.run(b))
                yield* Fiber.interruptFork(told)
                const next = yield* forkParked(on, second.run(b))
                yield* a.sendAll(fourBytes)
                equal(succeeded(yield* Fiber.await(next), what), Option.some(fourBytes), what)
                if (!second.consumes) yield* b.recvExactly(4)
              }
            }
          })
        )
    },
    {
      title:
        "while a fiber waits in a receive, any other receive fails with Busy, and the first receive gets its bytes",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          for (const first of receivers) {
            for (const second of receivers) {
              const what = `${second.name} while ${first.name} waits`
              const waiting = yield* forkParked(on, first.run(b))
              yield* fails(second.run(b), "RecvError", "Busy", what)
              yield* fails(second.run(b), "RecvError", "Busy", `${what}, again`)
              yield* a.sendAll(fourBytes)
              equal(succeeded(yield* Fiber.await(waiting), what), Option.some(fourBytes), what)
              if (!first.consumes) yield* b.recvExactly(4)
              equal((yield* b.stats).bytesBuffered, 0, `bytesBuffered after ${first.name}`)
              const interrupted = yield* forkParked(on, first.run(b))
              yield* Fiber.interrupt(interrupted)
              const next = yield* forkParked(on, second.run(b))
              yield* a.sendAll(fourBytes)
              const after = `${second.name} after an interrupted ${first.name}`
              equal(succeeded(yield* Fiber.await(next), after), Option.some(fourBytes), after)
              if (!second.consumes) yield* b.recvExactly(4)
            }
          }
        })
    },
    {
      title: "concurrent sends never interleave: they go out whole, first in, first out",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const sizes = [300_000, 1, 2_000_000, 0, 70_000, 3_000_000, 10, 500_000]
          const senders = yield* Effect.forEach(sizes, (size, id) => Effect.fork(a.sendAll(frame(id, size))))
          const all = yield* Effect.fork(receiveAll(b))
          yield* Fiber.joinAll(senders)
          yield* a.shutdownSend
          equal(frameIds((yield* Fiber.join(all)).bytes), [0, 1, 2, 3, 4, 5, 6, 7], "the order of the sends")
        })
    },
    {
      title: "recv returns bufsize bytes if that many have arrived, even from many small sends",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const sent = utf8("abcdefghijklmnop")
            for (const byte of sent) yield* a.sendAll(Uint8Array.of(byte))
            yield* arrived(on, b, sent.length)
            let at = 0
            for (const size of [1, 2, 3, 4, 3, 2, 1]) {
              equal(yield* b.recv(size), Option.some(sent.slice(at, at + size)), `recv(${size}) at ${at}`)
              at += size
            }
          })
        )
    },
    {
      title: "sendAll of several buffers sends their concatenation",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const buffers = [utf8("ab"), empty, utf8("c"), pattern(100_000), utf8("d"), empty]
            const got = yield* Effect.fork(receive(b, 100_004))
            yield* a.sendAll(buffers)
            sameBytes(yield* Fiber.join(got), concat(buffers), "six buffers")
          })
        )
    },
    ...[128 * 1024, 1000].map(highWaterMark => ({
      title: `1 MiB each way at once, in random pieces, arrives unchanged (highWaterMark ${highWaterMark})`,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark })
          const random = (n: number) => new Random(n)
          const [there, back] = [random(1).bytes(1024 * 1024), random(2).bytes(1024 * 1024)]
          const [, , atB, atA] = yield* Effect.all(
            [
              sendInPieces(a, there, random(3), 16_384),
              sendInPieces(b, back, random(4), 16_384),
              receiveInPieces(b, there.length, random(5), 16_384),
              receiveInPieces(a, back.length, random(6), 16_384)
            ],
            { concurrency: "unbounded" }
          )
          sameBytes(atB, there, "there")
          sameBytes(atA, back, "back")
        })
    })),
    {
      title: "a counter of 8 bytes makes 1,000 round trips unchanged",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const echo = Effect.repeatN(
            Effect.flatMap(b.recvExactly(8), bytes => b.sendAll(bytes)),
            999
          )
          yield* Effect.fork(echo)
          for (let n = 0; n < 1000; n++) {
            const counter = new Uint8Array(8)
            new DataView(counter.buffer).setFloat64(0, n)
            yield* a.sendAll(counter)
            sameBytes(yield* a.recvExactly(8), counter, `trip ${n}`)
          }
        })
    },
    {
      title: "sendText of a text that cannot be encoded fails with EncodeError and sends nothing",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* fails(a.sendText("abc€", "ascii"), "EncodeError", [], "sendText")
          yield* a.sendText("d€")
          yield* a.shutdownSend
          sameBytes((yield* receiveAll(b)).bytes, utf8("d€"), "the bytes that were sent")
        })
    }
  ]
}
