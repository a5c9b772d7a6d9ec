/** A socket as a Stream, a Sink and a Channel, on each network. */
import { assert, describe } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Network from "../src/Network.ts"
import * as Socket from "../src/Socket.ts"
import { onEach } from "./networks.ts"

const utf8 = (text: string) => new TextEncoder().encode(text)

/** Runs a stream. Returns the text of all its bytes, and its Exit. */
const textOf = <E>(stream: Stream.Stream<Uint8Array, E>) =>
  Effect.gen(function* () {
    const pieces: Array<Uint8Array> = []
    const exit = yield* Effect.exit(Stream.runForEach(stream, bytes => Effect.sync(() => pieces.push(bytes))))
    return { text: new TextDecoder().decode(Buffer.concat(pieces)), exit }
  })

/** Waits until this many bytes are buffered, and consumes none. */
const arrived = (socket: Socket.Socket, bytes: number) =>
  socket.recvWith(view =>
    view.length < bytes ? { _tag: "More", atLeast: bytes } : { _tag: "Take", bytes: 0, value: 0 }
  )

const reasonOf = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.match(exit, {
    onFailure: cause => (cause._tag === "Fail" ? (cause.error as { reason?: string }).reason : cause._tag),
    onSuccess: () => "the end"
  })

onEach(test => {
  describe("stream", () => {
    test("emits the bytes that were sent, and ends when the peer ends", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* Effect.fork(Effect.zipRight(a.sendText("hello ".repeat(100_000)), a.shutdownSend))
        const { exit, text } = yield* textOf(b.stream)
        assert.deepStrictEqual([text, exit], ["hello ".repeat(100_000), Exit.void])
      }))

    test("emits the bytes before a reset, and then fails with Reset", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* a.sendText("before")
        yield* arrived(b, 6)
        yield* a.abort
        yield* b.awaitEnd
        const { exit, text } = yield* textOf(b.stream)
        assert.deepStrictEqual([text, reasonOf(exit)], ["before", "Reset"])
      }))

    test("leaves the rest buffered if it ends early", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        for (const text of ["one", "two", "three"]) {
          yield* a.sendText(text)
          yield* arrived(b, text.length)
          if (text !== "three") assert.strictEqual((yield* textOf(Stream.take(b.stream, 1))).text, text)
        }
        assert.deepStrictEqual(yield* b.recvText(100), Option.some("three"))
      }))

    test("if it is interrupted while it waits, the next receive is not Busy", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* a.sendText("first")
        const got = yield* Deferred.make<Uint8Array>()
        const reading = yield* Effect.fork(Stream.runForEach(b.stream, bytes => Deferred.succeed(got, bytes)))
        assert.deepStrictEqual(yield* Deferred.await(got), utf8("first"))
        yield* Fiber.interrupt(reading)
        yield* a.sendText("second")
        assert.deepStrictEqual(yield* b.recvText(100), Option.some("second"))
      }))
  })

  describe("lines", () => {
    test("emits the lines before one that is too long, which stays buffered", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* a.sendText("one\r\ntwo\nand a third\n")
        const lines: Array<string> = []
        const reading = Stream.runForEach(b.lines({ limit: 5 }), line => Effect.sync(() => lines.push(line)))
        const error = yield* Effect.flip(reading)
        assert.deepInclude(error, { _tag: "LimitExceeded", operation: "lines", limit: 5 })
        assert.deepStrictEqual(lines, ["one", "two"])
        assert.deepStrictEqual(yield* b.recvLine(), Option.some("and a third"))
      }))

    test("leaves the lines after a Chunk buffered if it ends between two Chunks", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* a.sendText("a\nb\nc")
        yield* arrived(b, 5)
        const first = yield* Stream.runCollect(Stream.take(Stream.chunks(b.lines()), 1))
        assert.deepStrictEqual(Chunk.toReadonlyArray(Chunk.flatten(first)), ["a", "b"])
        yield* a.sendText("d\n")
        assert.deepStrictEqual(yield* b.recvLine(), Option.some("cd"))
      }))
  })

  describe("sink", () => {
    test("sends all Chunks, and leaves the sending half open", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const words = ["no", "", "w", "here"].map(utf8)
        yield* Stream.run(Stream.fromIterable(words), a.sink)
        yield* Stream.run(Stream.make(...words.slice(2)).pipe(Stream.rechunk(1)), a.sink)
        yield* a.sendText(".")
        yield* a.shutdownSend
        assert.deepStrictEqual(yield* textOf(b.stream), { text: "nowherewhere.", exit: Exit.void })
      }))

    test("fails as sendAll does", () =>
      Effect.gen(function* () {
        const [a] = yield* Network.pair
        yield* a.shutdownSend
        const error = yield* Effect.flip(Stream.run(Stream.make(utf8("x")), a.sink))
        assert.deepInclude(error, { _tag: "SendError", reason: "AfterShutdown" })
      }))
  })

  describe("channel", () => {
    test("sends its input and ends the sending half after it, and emits received bytes, also after that", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const upper = Effect.gen(function* () {
          const question = yield* textOf(b.stream)
          yield* b.sendText(question.text.toUpperCase())
          yield* b.shutdownSend
          return question.exit
        })
        const answering = yield* Effect.fork(upper)
        const input = Stream.make("to", " be ", "echoed").pipe(Stream.map(utf8), Stream.rechunk(1))
        const { exit, text } = yield* textOf(Stream.pipeThroughChannel(input, Socket.toChannel(a)))
        assert.deepStrictEqual([text, exit, yield* Fiber.join(answering)], ["TO BE ECHOED", Exit.void, Exit.void])
      }))

    test("works in both directions at once: an answer is emitted before the next question is sent", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* Effect.fork(Effect.ignore(Stream.run(b.stream, b.sink)))
        const questions = ["one", "two", "three"]
        let asked = 0
        let answered = yield* Deferred.make<void>()
        const input = Stream.repeatEffectOption(
          Effect.gen(function* () {
            if (asked > 0) yield* Deferred.await(answered)
            const question = questions[asked++]
            answered = yield* Deferred.make<void>()
            return question === undefined ? yield* Effect.fail(Option.none()) : utf8(question)
          })
        )
        const output = Stream.pipeThroughChannel(input, Socket.toChannel(a)).pipe(
          Stream.tap(() => Deferred.succeed(answered, undefined)),
          Stream.take(3)
        )
        assert.strictEqual((yield* textOf(output)).text, "onetwothree")
      }))

    test("if its input fails, it fails while it waits to receive, and the sending half stays open", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const input = Stream.concat(Stream.make(utf8("half a mess")), Stream.fail("no more" as const))
        const outcome = yield* textOf(Stream.pipeThroughChannel(input, Socket.toChannel(a)))
        assert.deepStrictEqual(outcome, { text: "", exit: Exit.fail("no more" as const) })
        yield* a.sendText("age")
        assert.deepStrictEqual(yield* b.recvExactly(14), utf8("half a message"))
      }))

    test("if a send fails, it fails while it waits to receive, and pulls no more input", () =>
      Effect.gen(function* () {
        const [a] = yield* Network.pair
        yield* a.shutdownSend
        let taken = 0
        const input = Stream.repeatEffect(Effect.sync(() => utf8(`${taken++}`)))
        const { exit } = yield* textOf(Stream.pipeThroughChannel(input, Socket.toChannel(a)))
        assert.deepStrictEqual([reasonOf(exit), taken], ["AfterShutdown", 1])
      }))

    test("ends when the peer ends, even if its input continues", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        let released = false
        const input = Stream.acquireRelease(Effect.void, () => Effect.sync(() => (released = true))).pipe(
          Stream.flatMap(() => Stream.never)
        )
        yield* b.sendText("bye")
        yield* b.shutdownSend
        const outcome = yield* textOf(Stream.pipeThroughChannel(input, Socket.toChannel(a)))
        assert.deepStrictEqual([outcome, released], [{ text: "bye", exit: Exit.void }, true])
      }))

    test("if it is interrupted, it stops its input, and the socket stays usable", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const started = yield* Deferred.make<void>()
        let released = false
        const input = Stream.acquireRelease(Deferred.succeed(started, undefined), () =>
          Effect.sync(() => (released = true))
        ).pipe(Stream.flatMap(() => Stream.never))
        const running = yield* Effect.fork(Stream.runDrain(Stream.pipeThroughChannel(input, Socket.toChannel(a))))
        yield* Deferred.await(started)
        yield* Fiber.interrupt(running)
        assert.isTrue(released)
        yield* b.sendText("still there")
        assert.deepStrictEqual(yield* a.recvText(100), Option.some("still there"))
        yield* a.sendText("yes")
        assert.deepStrictEqual(yield* b.recvText(100), Option.some("yes"))
      }))
  })
})
