/**
 * Conformance properties about ownership of bytes: when the caller may overwrite a buffer, and which receive gets which
 * bytes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Socket from "../../../Socket.ts"
import {
  arrived,
  type Chapter,
  check,
  concat,
  cut,
  eitherWay,
  equal,
  forkParked,
  frame,
  isPlain,
  pair,
  pattern,
  Random,
  receive,
  sameBytes,
  soon,
  type TransportUnderTest,
  until,
  utf8,
  Viewing
} from "../kit/index.ts"

/** A step for `recvWith` that takes one whole frame. */
const takeFrame: Socket.Step<Uint8Array, never> = view => {
  if (view.length < 8) return Socket.more(8)
  const length = 8 + new DataView(view.buffer, view.byteOffset).getUint32(4)
  return view.length < length ? Socket.more(length) : Socket.take(length, view.slice(0, length))
}

const patientlyTakeFrame = (on: TransportUnderTest, socket: Socket.Socket) =>
  Effect.retry(
    Effect.tapError(socket.recvWith(takeFrame), () => on.turn),
    { while: error => error.reason === "Busy" }
  )

export const ownership: Chapter = {
  title: "ownership of bytes",
  properties: [
    {
      title:
        "received bytes are a plain Uint8Array with little spare memory; the library never changes it, but the caller may",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const sent = pattern(400_000)
          yield* Effect.fork(a.sendAll(sent))
          const random = new Random(7)
          const kept: Array<readonly [Uint8Array, Uint8Array]> = []
          for (let at = 0; at < sent.length; ) {
            const most = Math.min(sent.length - at, random.int(0, 2) === 0 ? 60_000 : random.int(1, 100))
            const looked = Option.getOrThrow(yield* b.peekFull(most))
            sameBytes(looked, sent.subarray(at, at + most), `peekFull after ${at} bytes`)
            check(isPlain(looked), "peekFull should return a plain Uint8Array, not a subclass")
            looked.fill(0xee)
            const how = random.int(0, 2)
            const got =
              how === 0
                ? yield* b.recvExactly(most)
                : how === 1
                  ? yield* b.recvUntil(sent.slice(at + most - 1, at + most), { keepDelimiter: true })
                  : Option.getOrThrow(yield* b.recv(most))
            check(isPlain(got), "a receive should return a plain Uint8Array, not a subclass")
            sameBytes(got, sent.subarray(at, at + got.length), `after ${at} bytes`)
            const memory = got.buffer.byteLength
            check(memory <= 2 * got.length + 64, `${got.length} bytes should not hold ${memory} bytes of memory`)
            kept.push([got, got.slice()])
            at += got.length
          }
          for (const [bytes, copy] of kept) sameBytes(bytes, copy, "bytes that were returned before")
          // Overwrites all results so far. The bytes that are received later must not change, because they must not
          // share memory with these results.
          for (const [bytes] of kept) bytes.fill(0xee)
          yield* a.sendAll(sent.subarray(0, 1000))
          sameBytes(yield* b.recvExactly(1000), sent.subarray(0, 1000), "after the results were overwritten")
        })
    },
    {
      title: "the last few bytes of a large chunk do not keep the whole chunk in memory",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* a.sendAll(pattern(50_000))
          yield* arrived(on, b, 50_000)
          yield* b.recvExactly(49_000)
          const rest = Option.getOrThrow(yield* b.recv(100_000))
          equal(rest.length, 1000, "number of bytes left")
          const memory = rest.buffer.byteLength
          check(memory <= 2 * rest.length, `${rest.length} bytes should not hold ${memory} bytes of memory`)
        })
    },
    {
      title: "the caller may overwrite a buffer as soon as sendAll returns",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const [rounds, size] = [40, 500_000]
          const buffers = [new Uint8Array(size), new Uint8Array(size)]
          const send = Effect.gen(function* () {
            for (let round = 0; round < rounds; round++) {
              for (const buffer of buffers) buffer.fill(round)
              yield* a.sendAll(round % 2 === 0 ? buffers[0]! : buffers)
            }
            for (const buffer of buffers) buffer.fill(0xee)
          })
          yield* Effect.fork(send)
          for (let round = 0; round < rounds; round++) {
            const length = round % 2 === 0 ? size : 2 * size
            sameBytes(yield* receive(b, length), new Uint8Array(length).fill(round), `round ${round}`)
          }
        })
    },
    {
      title: "the caller may also overwrite a sent Buffer, whose slice is a view, and it arrives as a plain Uint8Array",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const bytes = new Viewing(new ArrayBuffer(1000)).fill(1)
            yield* a.sendAll(bytes)
            yield* a.sendAll([bytes, bytes])
            bytes.fill(0xee)
            for (const length of [1000, 2000]) {
              const got = yield* b.recvExactly(length)
              check(isPlain(got), "a receive should return a plain Uint8Array, not a subclass")
              sameBytes(got, new Uint8Array(length).fill(1), "the bytes sent")
            }
            yield* b.sendAll(bytes)
            bytes.fill(0)
            const got = Option.getOrThrow(yield* a.recv(1000))
            check(isPlain(got), "a receive should return a plain Uint8Array, not a subclass")
            sameBytes(got, new Uint8Array(got.length).fill(0xee), "the bytes sent back")
          })
        )
    },
    {
      title:
        "peekFull consumes nothing and returns the bytes that recv returns next; at the end it returns the remaining bytes",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const waiting = yield* forkParked(on, b.peekFull(4))
            yield* a.sendAll(utf8("abcdef"))
            equal(yield* Fiber.join(waiting), Option.some(utf8("abcd")), "peekFull(4)")
            equal(yield* soon(b.peekFull(6), "peekFull(6)"), Option.some(utf8("abcdef")), "peekFull(6)")
            equal(yield* b.recv(4), Option.some(utf8("abcd")), "recv(4)")
            const more = yield* forkParked(on, b.peekFull(10))
            yield* a.shutdownSend
            equal(yield* Fiber.join(more), Option.some(utf8("ef")), "peekFull(10) at the end")
            equal(yield* b.peekFull(1), Option.some(utf8("e")), "peekFull(1) at the end")
            equal(yield* b.recv(10), Option.some(utf8("ef")), "recv(10)")
            equal(yield* b.peekFull(10), Option.none(), "peekFull(10) after the last byte")
          })
        )
    },
    {
      title: "after recvWith calls its step, no other receive takes bytes before this recvWith does",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const random = new Random(12)
          const sent = concat(Array.from({ length: 400 }, (_, id) => frame(id, random.int(0, 3000))))
          const pieces = cut(sent, random, 5000)
          yield* Effect.fork(Effect.forEach(pieces, piece => a.sendAll(piece), { discard: true }))
          const taken: Array<Uint8Array> = []
          const taker = Effect.forever(Effect.map(patientlyTakeFrame(on, b), bytes => taken.push(bytes)))
          const all = until(
            on,
            "400 frames should be taken",
            Effect.sync(() => taken.length === 400)
          )
          yield* Effect.race(Effect.all([taker, taker, taker, taker], { concurrency: 4 }), all)
          sameBytes(concat(taken), sent, "the frames in the order in which they were taken")
        })
    }
  ]
}
