/**
 * Conformance properties about `stream`, `lines` and `sink`, which use a socket as an Effect Stream or Sink.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Socket from "../../../Socket.ts"
import {
  arrived,
  type Chapter,
  check,
  concat,
  cut,
  eitherWay,
  equal,
  failed,
  interruptEverywhere,
  interruptSometime,
  isInterrupted,
  pair,
  pattern,
  Random,
  receiveAll,
  sameBytes,
  soon,
  succeeded,
  type TransportUnderTest,
  textOf,
  utf8
} from "../kit/index.ts"

const lengthOf = (pieces: ReadonlyArray<Uint8Array>): number => pieces.reduce((sum, piece) => sum + piece.length, 0)

const inPieces = (socket: Socket.Socket, bytes: Uint8Array, random: Random, most: number) =>
  Effect.forEach(cut(bytes, random, most), piece => socket.sendAll(piece), { discard: true })

/** Returns random lines, some of them empty, each with its terminator: `\n` or `\r\n`. */
const someLines = (random: Random, count: number): ReadonlyArray<readonly [line: string, ending: string]> =>
  Array.from({ length: count }, () => [random.text(random.int(0, 60)), random.int(0, 1) === 0 ? "\n" : "\r\n"])

const written = (lines: ReadonlyArray<readonly [string, string]>): Uint8Array =>
  utf8(lines.map(([line, ending]) => line + ending).join(""))

export const streams: Chapter = {
  title: "streams",
  properties: [
    {
      title:
        "stream emits the bytes that were sent, each element in its own Chunk, and ends when the peer ends; a later stream is empty",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const sent = pattern(600_000)
            yield* Effect.fork(Effect.zipRight(inPieces(a, sent, new Random(51), 30_000), a.shutdownSend))
            const chunks = Chunk.toReadonlyArray(yield* Stream.runCollect(Stream.chunks(b.stream)))
            check(
              chunks.every(chunk => chunk.length === 1),
              "each element should have its own Chunk"
            )
            sameBytes(concat(chunks.map(Chunk.unsafeHead)), sent, "the elements of the stream")
            equal(
              Chunk.size(yield* Stream.runCollect(b.stream)),
              0,
              "number of elements of the next stream, after the end"
            )
          })
        )
    },
    {
      title: "if the consumer stops a stream early, the next receive gets the remaining bytes",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 8192 })
          const sent = pattern(600_000)
          yield* Effect.fork(Effect.zipRight(inPieces(a, sent, new Random(52), 9000), a.shutdownSend))
          const got: Array<Uint8Array> = []
          for (let n = 0, next = yield* b.recv(1); Option.isSome(next); n++, next = yield* b.recv(1000)) {
            got.push(next.value, ...(yield* Stream.runCollect(Stream.take(b.stream, n % 4))))
          }
          sameBytes(concat(got), sent, "the elements of all streams and receives together")
        })
    },
    {
      title: "a stream interrupted at random moments loses no byte and repeats none",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 8192 })
          const sent = pattern(400_000)
          const random = new Random(53)
          const pauses = new Random(54)
          yield* Effect.fork(
            Effect.forEach(cut(sent, pauses, 2000), piece =>
              Effect.zipRight(a.sendAll(piece), Effect.repeatN(on.turn, pauses.int(0, 4)))
            )
          )
          const got: Array<Uint8Array> = []
          let length = 0
          let interrupted = 0
          // The consumer stops reading the stream after every tenth element, and after the last byte. Then the next run
          // reads on.
          const reading = Stream.runForEachWhile(b.stream, bytes =>
            Effect.sync(() => {
              got.push(bytes)
              length += bytes.length
              return length < sent.length && got.length % 10 !== 0
            })
          )
          while (length < sent.length) {
            const exit = yield* interruptSometime(on, random, reading)
            if (!isInterrupted(exit)) succeeded(exit, "a stream")
            else interrupted += 1
          }
          sameBytes(concat(got), sent, `the elements of the streams, interrupted ${interrupted} times`)
          check(interrupted > 5, `expected more than 5 interruptions, got ${interrupted}`)
        })
    },
    ...(["before", "while"] as const).map(when => ({
      title: `a stream interrupted at any step loses no byte, and the next receive works (the bytes arrive ${when} it waits)`,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const got: Array<Uint8Array> = []
          let sent = 0
          const send = Effect.suspend(() => a.sendAll(utf8(`${String(sent++).padStart(7, "0")},`)))
          if (when === "before") yield* Effect.zipRight(send, arrived(on, b, 8))
          yield* interruptEverywhere(
            on,
            Stream.runForEach(Stream.take(b.stream, 1), bytes => Effect.sync(() => got.push(bytes))),
            when === "while" ? send : Effect.void,
            exit =>
              Effect.gen(function* () {
                if (!isInterrupted(exit)) succeeded(exit, "the stream")
                const missing = sent * 8 - lengthOf(got)
                if (missing > 0)
                  got.push(yield* soon(b.recvExactly(missing), "the bytes that an interrupted stream left"))
                if (when === "before") yield* send
              })
          )
          const all = textOf(concat(got))
          const expected = Array.from({ length: all.length / 8 }, (_, n) => `${String(n).padStart(7, "0")},`)
          equal(all, expected.join(""), "all received bytes")
        })
    })),
    {
      title: "a stream emits the bytes that arrived before a reset, then fails with Reset",
      needs: ["reset"],
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const sent = pattern(100_000)
            yield* a.sendAll(sent)
            yield* arrived(on, b, sent.length)
            yield* a.abort
            yield* b.awaitEnd
            const got: Array<Uint8Array> = []
            const exit = yield* Effect.exit(Stream.runForEach(b.stream, bytes => Effect.sync(() => got.push(bytes))))
            sameBytes(concat(got), sent, "the bytes before the reset")
            failed(exit, "RecvError", "Reset", "how the stream ended")
          })
        )
    },
    {
      title: "lines emits the lines that were sent, for pieces of any size, and ends when the peer ends",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const random = new Random(55)
            const lines = someLines(random, 3000)
            yield* Effect.fork(Effect.zipRight(inPieces(a, written(lines), random, 700), a.shutdownSend))
            const got = Chunk.toReadonlyArray(yield* Stream.runCollect(b.lines()))
            equal(
              got,
              lines.map(([line]) => line),
              "the lines"
            )
          })
        )
    },
    {
      title:
        "lines and recvLine may alternate if the consumer stops lines after a whole Chunk: each line is read once, in order",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 2000 })
          const random = new Random(56)
          const lines = someLines(random, 5000)
          yield* Effect.fork(Effect.zipRight(inPieces(a, written(lines), random, 3000), a.shutdownSend))
          const got: Array<string> = []
          for (let n = 0, next = yield* b.recvLine(); Option.isSome(next); n++, next = yield* b.recvLine()) {
            const chunks = yield* Stream.runCollect(Stream.take(Stream.chunks(b.lines()), n % 3))
            got.push(next.value, ...Chunk.flatten(chunks))
          }
          equal(
            got,
            lines.map(([line]) => line),
            "the lines"
          )
        })
    },
    {
      title:
        "if a line is too long, invalid or cut, lines emits the lines before it, then fails; that line stays buffered",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const wrong: ReadonlyArray<readonly [Uint8Array, "LimitExceeded" | "DecodeError" | "UnexpectedEnd"]> = [
              [utf8("123456789\n"), "LimitExceeded"],
              [Uint8Array.of(0x62, 0xff, 0x0a), "DecodeError"],
              [utf8("cut"), "UnexpectedEnd"]
            ]
            for (const [line, tag] of wrong) {
              yield* a.sendAll([utf8("one\ntwo\r\n"), line])
              if (tag === "UnexpectedEnd") yield* a.shutdownSend
              yield* arrived(on, b, 9 + line.length)
              const got: Array<string> = []
              const reading = Stream.runForEach(b.lines({ limit: 8 }), one => Effect.sync(() => got.push(one)))
              failed(yield* soon(Effect.exit(reading), `a line that is ${tag}`), tag, [], `a line that is ${tag}`)
              equal(got, ["one", "two"], "the lines before the invalid one")
              sameBytes(yield* b.recvExactly(line.length), line, "the line that stays")
            }
          })
        )
    },
    {
      title: "sink sends each Chunk whole, even if others send too, and leaves the sending half open",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const words = Array.from({ length: 300 }, (_, n) => `${n % 10}`.repeat(1 + (n % 700)))
            const chunks = (mark: string) =>
              Stream.fromIterable(words).pipe(
                Stream.mapChunks(Chunk.flatMap(word => Chunk.make(utf8(mark), utf8(word), utf8("\n")))),
                Stream.rechunk(3)
              )
            const sinking = yield* Effect.forEach(["a", "b"], mark => Effect.fork(Stream.run(chunks(mark), a.sink)))
            const receiving = yield* Effect.fork(receiveAll(b))
            for (const fiber of sinking) succeeded(yield* Fiber.await(fiber), "the sink")
            yield* a.sendAll(utf8("more\n"))
            yield* a.shutdownSend
            const lines = textOf((yield* Fiber.join(receiving)).bytes).split("\n")
            equal(lines.splice(-2), ["more", ""], "the bytes sent after the sinks")
            for (const mark of ["a", "b"]) {
              const of = lines.filter(line => line.startsWith(mark)).map(line => line.slice(1))
              equal(of, words, `the lines from sink ${mark}`)
            }
            equal(Exit.isSuccess(yield* Effect.exit(b.sendAll(utf8("x")))), true, "the other direction")
          })
        )
    }
  ]
}
