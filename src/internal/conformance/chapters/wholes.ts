/**
 * Conformance properties about `recvAll`, `recvInto` and `discard`, and about all receive functions mixed.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Socket from "../../../Socket.ts"
import {
  type Chapter,
  check,
  concat,
  cut,
  eitherWay,
  equal,
  everySplit,
  fails,
  forkParked,
  isDone,
  isPlain,
  pair,
  pattern,
  Random,
  receiveAll,
  sameBytes,
  sendApart,
  turns,
  utf8,
  Viewing
} from "../kit/index.ts"

/**
 * Receive functions that consume about `n` bytes or one line. Each returns the bytes that it consumed. `rest` is the
 * part of the stream that is not yet consumed. It is needed because `discard` does not return its bytes.
 */
const takeBy: ReadonlyArray<
  (socket: Socket.Socket, n: number, rest: Uint8Array) => Effect.Effect<Uint8Array, unknown>
> = [
  (socket, n) => Effect.map(socket.recv(n), Option.getOrThrow),
  (socket, n) => Effect.map(socket.recvText(n, "latin1"), text => latin1(Option.getOrThrow(text))),
  (socket, n, rest) => socket.recvExactly(Math.min(n, rest.length)),
  (socket, n, rest) => Effect.as(socket.discard(Math.min(n, rest.length)), rest.slice(0, n)),
  socket => socket.recvUntil("\n", { keepDelimiter: true }),
  socket =>
    Effect.map(socket.recvLine({ terminator: "lf", encoding: "latin1" }), line =>
      latin1(`${Option.getOrThrow(line)}\n`)
    ),
  (socket, n) => {
    const buffer = new Uint8Array(n)
    return Effect.map(socket.recvInto(buffer), bytes => buffer.slice(0, Option.getOrThrow(bytes)))
  }
]

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, char => char.charCodeAt(0))

export const wholes: Chapter = {
  title: "the functions recvAll, recvInto and discard",
  properties: [
    {
      title: "recvAll returns everything up to the end, for pieces of any size; after the end it returns no bytes",
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const sent = pattern(1_000_000)
              const receiving = yield* forkParked(on, b.recvAll())
              yield* Effect.forEach(cut(sent, new Random(45), 90_000), piece => a.sendAll(piece), { discard: true })
              yield* turns(on, 10)
              check(!(yield* isDone(receiving)), "recvAll should wait for the end")
              yield* a.shutdownSend
              const got = yield* Fiber.join(receiving)
              sameBytes(got, sent, "all received bytes")
              check(isPlain(got), "recvAll should return a plain Uint8Array, not a subclass")
              for (const _ of [1, 2]) equal((yield* b.recvAll()).length, 0, "number of bytes after the end")
            }),
          { highWaterMark: 1000 }
        )
    },
    {
      title: "recvAll returns the bytes that other receives left; bytes that they took are not kept in memory",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const sent = pattern(50_000)
            yield* sendApart(on, a, b, [sent])
            yield* b.recvExactly(49_000)
            const receiving = yield* forkParked(on, b.recvAll({ limit: 1000 }))
            yield* a.shutdownSend
            const got = yield* Fiber.join(receiving)
            sameBytes(got, sent.subarray(49_000), "the bytes that were left")
            check(got.buffer.byteLength <= 2048, `1000 bytes should not hold ${got.buffer.byteLength} bytes of memory`)
            equal((yield* b.recvAll({ limit: 0 })).length, 0, "number of bytes after recvAll")
            equal(yield* b.recv(1), Option.none(), "the end")
          })
        )
    },
    {
      title:
        "recvAll returns up to limit bytes; one byte more fails with LimitExceeded (operation, limit) without waiting for the end, and all bytes stay buffered",
      run: on =>
        Effect.forEach(
          [
            [5, 5],
            [100_000, 100_000],
            [1.5, 1],
            [0, 0],
            [Number.POSITIVE_INFINITY, 100_000]
          ] as const,
          ([limit, most]) =>
            eitherWay(
              on,
              (a, b) =>
                Effect.gen(function* () {
                  yield* Effect.fork(a.sendAll(pattern(most)))
                  const receiving = yield* forkParked(on, Effect.exit(b.recvAll({ limit })))
                  yield* turns(on, 5)
                  check(!(yield* isDone(receiving)), `recvAll should wait for the end of ${most} bytes`)
                  if (most < limit) yield* Fiber.interrupt(receiving)
                  else {
                    yield* a.sendAll(utf8("x"))
                    const first = yield* fails(Effect.flatten(Fiber.join(receiving)), "LimitExceeded", [], "recvAll")
                    const again = yield* fails(b.recvAll({ limit }), "LimitExceeded", [], "recvAll")
                    for (const error of [first, again]) {
                      const said = error._tag === "LimitExceeded" ? [error.operation, error.limit] : []
                      equal(said, ["recvAll", most], "operation and limit in the error")
                    }
                  }
                  yield* a.shutdownSend
                  const sent = concat([pattern(most), utf8(most < limit ? "" : "x")])
                  sameBytes(yield* b.recvAll({ limit: sent.length }), sent, "recvAll with a sufficient limit")
                }),
              { highWaterMark: 1000 }
            ),
          { discard: true }
        )
    },
    {
      title: "recvAll fails with Reset if the peer resets, and the bytes that arrived can still be received",
      needs: ["reset"],
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const sent = pattern(30_000)
            const receiving = yield* forkParked(on, Effect.exit(b.recvAll()))
            yield* sendApart(on, a, b, cut(sent, new Random(46), 5000))
            yield* a.abort
            yield* fails(Effect.flatten(Fiber.join(receiving)), "RecvError", "Reset", "recvAll")
            yield* fails(b.recvAll(), "RecvError", "Reset", "recvAll again")
            yield* fails(b.recvAll({ limit: 29_999 }), "LimitExceeded", [], "recvAll with a smaller limit")
            const { bytes, end } = yield* receiveAll(b)
            sameBytes(bytes, sent, "the bytes before the reset")
            equal(end, "Reset", "how the stream ended")
          })
        )
    },
    {
      title:
        "recvInto writes buffered bytes to the start of the caller's buffer, returns their number, and changes no byte after them; the rest stays buffered",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const memory = new Uint8Array(10).fill(0xee)
            const waiting = yield* forkParked(on, b.recvInto(memory.subarray(2, 6)))
            yield* sendApart(on, a, b, [utf8("ab")])
            equal(yield* Fiber.join(waiting), Option.some(2), "result of recvInto of 4 bytes with 2 buffered")
            equal(
              memory,
              Uint8Array.of(0xee, 0xee, 0x61, 0x62, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee),
              "the memory around the buffer"
            )
            yield* sendApart(on, a, b, [utf8("cdefg")])
            equal(
              yield* b.recvInto(Viewing.from(memory).subarray(0, 1)),
              Option.some(1),
              "result of recvInto of 1 byte with 5 buffered"
            )
            equal(
              yield* b.recvInto(memory.subarray(2, 5)),
              Option.some(3),
              "result of recvInto of 3 bytes with 4 buffered"
            )
            equal(
              memory.subarray(0, 6),
              Uint8Array.of(0xee, 0xee, 0x64, 0x65, 0x66, 0xee),
              "the memory around the buffer"
            )
            equal(yield* b.recv(10), Option.some(utf8("g")), "the rest")
            yield* a.shutdownSend
            for (const _ of [1, 2]) equal(yield* b.recvInto(memory), Option.none(), "the end")
            equal(memory[0], 0xee, "the memory at the end")
          })
        )
    },
    {
      title: "the library never changes the bytes that recvInto wrote, but the caller may",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const sent = pattern(300_000)
          yield* Effect.fork(a.sendAll(sent))
          const got = new Uint8Array(sent.length)
          const window = new Uint8Array(7000)
          const random = new Random(47)
          for (let at = 0; at < got.length; ) {
            const into = random.int(0, 1) === 0 ? window : got.subarray(at, at + random.int(1, 9000))
            const bytes = Option.getOrThrow(yield* b.recvInto(into))
            check(bytes > 0 && bytes <= into.length, `recvInto ${into.length} bytes wrote ${bytes}`)
            if (into === window) got.set(into.subarray(0, bytes), at)
            window.fill(0xee)
            at += bytes
          }
          sameBytes(got, sent, "all received bytes")
        })
    },
    {
      title: "discard(n) drops exactly n bytes, for pieces of any size; if the stream ends early, it drops none",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const sent = utf8("dropped|kept")
            for (const pieces of everySplit(sent)) {
              const dropping = yield* forkParked(on, b.discard(8))
              yield* sendApart(on, a, b, pieces)
              equal(yield* Fiber.join(dropping), undefined, "the result of discard")
              equal(yield* b.recvExactly(4), utf8("kept"), `in pieces of ${pieces.map(({ length }) => length)}`)
            }
            const dropping = yield* forkParked(on, Effect.exit(b.discard(5)))
            yield* sendApart(on, a, b, [utf8("abc")])
            yield* a.shutdownSend
            for (const discarding of [Effect.flatten(Fiber.join(dropping)), b.discard(5)]) {
              const error = yield* fails(discarding, "UnexpectedEnd", [], "discard(5)")
              const said = error._tag === "UnexpectedEnd" ? [error.expected, error.available] : []
              equal(said, [5, 3], "expected and available in the error")
            }
            yield* b.discard(1)
            equal(yield* b.recv(10), Option.some(utf8("bc")), "the bytes that stayed")
          })
        )
    },
    {
      title: "all receive functions, mixed at random, return the stream in order, and recvAll returns the rest",
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const random = new Random(48)
              const sent = concat(
                Array.from({ length: 400 }, () => concat([random.bytes(random.int(0, 900)), utf8("\n")]))
              )
              const sending = Effect.forEach(cut(sent, random, 4000), piece => a.sendAll(piece), { discard: true })
              yield* Effect.fork(Effect.zipRight(sending, a.shutdownSend))
              let at = 0
              for (let n = 0; at < 150_000; n++) {
                const by = random.int(0, takeBy.length - 1)
                const got = yield* takeBy[by]!(b, random.int(1, 1500), sent.subarray(at))
                sameBytes(got, sent.subarray(at, at + got.length), `receive ${n}, by function ${by}, at byte ${at}`)
                at += got.length
              }
              sameBytes(yield* b.recvAll(), sent.subarray(at), "the rest")
            }),
          { highWaterMark: 3000 }
        )
    }
  ]
}
