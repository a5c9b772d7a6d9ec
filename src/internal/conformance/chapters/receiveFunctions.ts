/**
 * Conformance properties about `recvExactly`, `recvText` and `recvWith`. The properties about `recv` are in
 * `sendingAndReceiving.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Socket from "../../../Socket.ts"
import {
  arrived,
  type Chapter,
  characters,
  check,
  concat,
  cut,
  eitherWay,
  equal,
  fails,
  forkParked,
  isDone,
  pair,
  pattern,
  Random,
  receiveAll,
  sameBytes,
  type TransportUnderTest,
  textOf,
  turns,
  until,
  utf8
} from "../kit/index.ts"

/**
 * Sends the first part, checks that the receive still waits, and sends the second part. Returns the result of the
 * receive.
 */
const inTwoParts = <A, E>(
  on: TransportUnderTest,
  a: Socket.Socket,
  receiving: Effect.Effect<A, E>,
  first: Uint8Array,
  second: Uint8Array
) =>
  Effect.gen(function* () {
    const waiting = yield* forkParked(on, receiving)
    if (first.length > 0) yield* a.sendAll(first)
    // The receive must not return yet. No event reports that. So the check lets other fibers and events run 10 times
    // first.
    yield* turns(on, 10)
    check(
      !(yield* isDone(waiting)),
      `the receive should wait after ${first.length} of ${first.length + second.length} bytes`
    )
    yield* a.sendAll(second)
    return yield* Fiber.join(waiting)
  })

export const receiveFunctions: Chapter = {
  title: "the functions recvExactly, recvText and recvWith",
  properties: [
    {
      title: "recvExactly(n) returns exactly n bytes, for pieces of any size; recvExactly(0) returns at once",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 256 })
          const random = new Random(41)
          const sent = random.bytes(200_000)
          yield* Effect.fork(Effect.forEach(cut(sent, random, 700), piece => a.sendAll(piece), { discard: true }))
          const got: Array<Uint8Array> = []
          for (let at = 0; at < sent.length; at += got[got.length - 1]!.length) {
            equal((yield* b.recvExactly(0)).length, 0, "recvExactly(0)")
            const bytes = Math.min(sent.length - at, random.int(1, 2000))
            got.push(yield* b.recvExactly(bytes))
            equal(got[got.length - 1]!.length, bytes, `recvExactly(${bytes})`)
          }
          sameBytes(concat(got), sent, "all received bytes")
        })
    },
    {
      title:
        "if the stream ends early, recvExactly fails with UnexpectedEnd (expected, available), and the bytes stay buffered",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const waiting = yield* forkParked(on, Effect.exit(b.recvExactly(5)))
            yield* a.sendAll(utf8("abc"))
            yield* a.shutdownSend
            const early = yield* fails(Effect.flatten(Fiber.join(waiting)), "UnexpectedEnd", [], "recvExactly(5)")
            const again = yield* fails(b.recvExactly(4), "UnexpectedEnd", [], "recvExactly(4)")
            for (const [error, expected] of [
              [early, 5],
              [again, 4]
            ] as const) {
              const numbers = "available" in error ? [error.expected, error.available] : []
              equal(numbers, [expected, 3], "expected and available in the error")
            }
            sameBytes(yield* b.recvExactly(2), utf8("ab"), "the bytes that stayed")
            equal(yield* b.recv(10), Option.some(utf8("c")), "the rest")
            equal(yield* b.recv(10), Option.none(), "the end")
          })
        )
    },
    {
      title: "recvText returns a character whole, wherever its bytes are split, for any bufsize",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          for (const character of characters) {
            const bytes = utf8(character)
            for (let split = 0; split < bytes.length; split++) {
              for (const bufsize of [1, 1024]) {
                const receiving = b.recvText(bufsize)
                const got = yield* inTwoParts(on, a, receiving, bytes.subarray(0, split), bytes.subarray(split))
                equal(got, Option.some(character), `${bytes.length} bytes split at ${split}, recvText(${bufsize})`)
              }
            }
          }
        })
    },
    {
      title: "recvText returns the whole characters that fit in bufsize, at least one, and leaves the rest",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* a.sendText("a€b😀é")
          yield* arrived(on, b, 11)
          for (const [bufsize, text] of [
            [3, "a"],
            [4, "€b"],
            [1, "😀"],
            [9, "é"]
          ] as const) {
            equal(yield* b.recvText(bufsize), Option.some(text), `recvText(${bufsize})`)
          }
          const sent = new Random(42).text(5000)
          yield* Effect.fork(Effect.zipRight(a.sendText(sent), a.shutdownSend))
          let got = ""
          for (let text = yield* b.recvText(7); Option.isSome(text); text = yield* b.recvText(7)) got += text.value
          check(got === sent, `expected ${sent.length} code units, got ${got.length}`)
        })
    },
    {
      title:
        "recvText returns the text before an invalid byte, then fails with DecodeError (streamOffset) until recv takes the byte",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* a.sendAll([utf8("ok€"), Uint8Array.of(0xff, 0x62, 0xc3)])
            yield* a.shutdownSend
            yield* arrived(on, b, 8)
            equal(yield* b.recvText(100), Option.some("ok€"), "the valid text")
            for (const _ of [1, 2]) {
              const error = yield* fails(b.recvText(100), "DecodeError", "invalid start byte", "recvText")
              equal("streamOffset" in error ? error.streamOffset : -1, 5, "streamOffset")
            }
            equal(yield* b.recv(1), Option.some(Uint8Array.of(0xff)), "the invalid byte")
            equal(yield* b.recvText(100, "ascii"), Option.some("b"), "the text after the invalid byte")
            yield* fails(b.recvText(100, "ascii"), "DecodeError", "ordinal not in range(128)", "recvText in ascii")
            yield* fails(b.recvText(100), "DecodeError", "unexpected end of data", "half a character at the end")
            equal(yield* b.recvText(100, { onInvalid: "replace" }), Option.some("\ufffd"), "onInvalid replace")
            equal(yield* b.recvText(100), Option.none(), "the end")
          })
        )
    },
    {
      title:
        "recvWith calls its step with all buffered bytes and their offset, again when more arrive, and again at the end",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const seen: Array<readonly [string, boolean, number]> = []
          const step: Socket.Step<string, never> = (view, ended, offset) => {
            seen.push([textOf(view), ended, offset])
            return ended ? Socket.take(view.length, "done") : Socket.more(view.length + 1)
          }
          yield* a.sendAll(utf8("12"))
          yield* b.recvExactly(2)
          const saw = (text: string) =>
            until(
              on,
              `the step should see ${text}`,
              Effect.sync(() => seen.at(-1)?.[0] === text)
            )
          const looking = yield* forkParked(on, b.recvWith(step))
          yield* Effect.zipRight(a.sendAll(utf8("ab")), saw("ab"))
          yield* Effect.zipRight(a.sendAll(utf8("cd")), saw("abcd"))
          yield* a.shutdownSend
          equal(yield* Fiber.join(looking), "done", "the result of the step")
          equal(seen[0], ["", false, 2], "the first call of the step: view, ended, offset")
          equal(seen.at(-1), ["abcd", true, 2], "the last call of the step: view, ended, offset")
        })
    },
    {
      title:
        "a step that takes 0 bytes, fails, throws, takes too many or asks for more at the end consumes nothing, and the next receive works",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* a.sendAll(utf8("abc"))
          yield* arrived(on, b, 3)
          equal(yield* b.recvWith(view => Socket.take(0, textOf(view))), "abc", "a step that takes nothing")
          equal(yield* Effect.flip(b.recvWith(() => Socket.fail("no"))), "no", "a step that fails")
          const bugs: ReadonlyArray<Socket.Step<never, never>> = [
            () => {
              throw new Error("a bug in a step")
            },
            view => Socket.take(view.length + 1, undefined as never),
            () => Socket.take(-1, undefined as never)
          ]
          const dies = (step: Socket.Step<never, never>) =>
            Effect.map(Effect.exit(b.recvWith(step)), exit =>
              check(Exit.isFailure(exit) && exit.cause._tag === "Die", `expected a defect, got ${exit}`)
            )
          yield* Effect.forEach(bugs, dies)
          yield* a.shutdownSend
          yield* b.awaitEnd
          yield* dies(() => Socket.more(4))
          equal((yield* receiveAll(b)).bytes, utf8("abc"), "the bytes that the steps left")
        })
    },
    {
      title: "recvWith returns frames of any length unchanged, for pieces of any size",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 512 })
          const random = new Random(43)
          const payloads = Array.from({ length: 150 }, () =>
            random.bytes(random.int(0, 3) === 0 ? random.int(0, 60_000) : random.int(0, 300))
          )
          const stream = concat(
            payloads.flatMap(payload => [Uint8Array.of(payload.length >> 8, payload.length), payload])
          )
          yield* Effect.fork(Effect.forEach(cut(stream, random, 9000), piece => a.sendAll(piece), { discard: true }))
          const frame: Socket.Step<Uint8Array, never> = view => {
            const length = view.length < 2 ? 0 : 2 + view[0]! * 256 + view[1]!
            return length === 0 || view.length < length
              ? Socket.more(Math.max(2, length))
              : Socket.take(length, view.slice(2, length))
          }
          for (const payload of payloads) sameBytes(yield* b.recvWith(frame), payload, "a frame")
          equal((yield* b.stats).bytesBuffered, 0, "bytesBuffered")
          yield* a.sendAll(pattern(1))
        })
    }
  ]
}
