import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Framing from "../../../src/Framing.ts"
import { concat, utf8 } from "../../../src/internal/conformance/kit/bytes.ts"
import { encoded, feed, holds, makeFed, received } from "../receive/fed.ts"

describe("delimited", () => {
  for (const [name, delimiter] of [
    ["a delimiter of one byte", "\0"],
    ["a delimiter of two bytes", "\r\n"],
    ["a long delimiter that repeats its beginning", "--ab--abc"]
  ] as const) {
    it.effect(`with ${name}: decodes a frame cut anywhere; an end inside a frame consumes nothing`, () =>
      Effect.gen(function* () {
        const framing = Framing.delimited(delimiter)
        yield* holds(framing, utf8("some"), utf8(`some${delimiter}`))
        yield* holds(framing, utf8(""), utf8(delimiter))
        yield* holds(Framing.delimited(utf8(delimiter)), utf8("-"), utf8(`-${delimiter}`))
      })
    )
  }

  it.effect("content is not sent if the peer would find the delimiter before its end", () =>
    Effect.gen(function* () {
      for (const [delimiter, content] of [
        ["\n", "a\nb"],
        ["ab", "xaby"],
        ["aa", "xa"],
        ["abab", "ab"],
        ["aXa", "aX"]
      ] as const) {
        const error = yield* Effect.flip(Framing.delimited(delimiter).encode(utf8(content)))
        assert.deepInclude(error, { _tag: "FrameEncodeError", reason: "ContainsDelimiter" })
        assert.include(error.message, "escape it")
      }
      assert.deepStrictEqual(yield* encoded(Framing.delimited("ab"), utf8("xa")), utf8("xaab"))
    })
  )

  it("for any delimiter, a sent message is received unchanged, and only ambiguous messages are refused", () =>
    fc.assert(
      fc.property(
        fc.stringOf(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 4 }),
        fc.stringOf(fc.constantFrom("a", "b", "c"), { maxLength: 8 }),
        (delimiter, content) => {
          const framing = Framing.delimited(delimiter)
          const frame = framing.encode(utf8(content))
          assert.strictEqual(frame._tag, (content + delimiter).indexOf(delimiter) < content.length ? "Left" : "Right")
          if (frame._tag === "Right") {
            const instruction = framing.step()(concat([frame.right as Uint8Array, utf8("ab")]), false, 0)
            assert(instruction._tag === "Take")
            assert.deepStrictEqual(instruction.value, utf8(content))
          }
        }
      ),
      { numRuns: 1000 }
    ))

  it.effect("the limit counts the content: one byte more fails, even before its delimiter arrives", () =>
    Effect.gen(function* () {
      const framing = Framing.delimited("\r\n", { limit: 4 })
      assert.deepStrictEqual(yield* received(framing, utf8("four\r\n")), Option.some(utf8("four")))
      for (const wire of ["fives\r\n", "fives", "four\rx"]) {
        const { buffer, socket } = makeFed()
        feed(buffer, utf8(wire))
        const error = yield* Effect.flip(Framing.recv(socket, framing))
        assert.deepInclude(error, { _tag: "LimitExceeded", operation: "delimited", limit: 4 })
        assert.strictEqual(error.message, "delimited: received more than the limit of 4 bytes")
        assert.deepStrictEqual(yield* socket.recvExactly(wire.length), utf8(wire))
      }
      assert.deepInclude(yield* Effect.flip(framing.encode(utf8("fives"))), { reason: "TooLong", length: 5, limit: 4 })
      assert.strictEqual(Framing.delimited("\n").encode(new Uint8Array(64 * 1024))._tag, "Right")
      assert.strictEqual(Framing.delimited("\n").encode(new Uint8Array(64 * 1024 + 1))._tag, "Left")
    })
  )

  it.effect("an empty delimiter fails to receive and to send, and consumes nothing", () =>
    Effect.gen(function* () {
      for (const framing of [Framing.delimited(""), Framing.delimited(new Uint8Array(0))]) {
        const { buffer, socket } = makeFed()
        feed(buffer, utf8("x"))
        const error = yield* Effect.flip(Framing.recv(socket, framing))
        assert.deepInclude(error, { _tag: "FrameError", reason: "InvalidDelimiter" })
        assert.strictEqual(error.message, "frame at byte 0 of the stream: the delimiter must not be empty")
        assert.deepStrictEqual(yield* socket.recv(1), Option.some(utf8("x")))
        assert.deepInclude(yield* Effect.flip(framing.encode(utf8("x"))), { reason: "InvalidDelimiter" })
      }
    })
  )

  it.effect("changing the delimiter's memory afterwards does not change the framing", () =>
    Effect.gen(function* () {
      const delimiter = utf8("|")
      const framing = Framing.delimited(delimiter)
      delimiter[0] = 0x61
      assert.deepStrictEqual(yield* received(framing, utf8("a|")), Option.some(utf8("a")))
      assert.deepStrictEqual(yield* encoded(framing, utf8("a")), utf8("a|"))
    })
  )

  it.effect("one framing works for several sockets at once: each receive has its own search position", () =>
    Effect.gen(function* () {
      const framing = Framing.delimited("\n")
      const recv = Framing.recv(framing)
      const [slow, quick] = [makeFed(), makeFed()]
      feed(slow.buffer, utf8("a long line that has not en"))
      const waiting = yield* Effect.fork(recv(slow.socket))
      yield* Effect.yieldNow()
      feed(quick.buffer, utf8("short\n"))
      assert.deepStrictEqual(yield* recv(quick.socket), Option.some(utf8("short")))
      feed(slow.buffer, utf8("ded\n"))
      assert.deepStrictEqual(yield* Fiber.join(waiting), Option.some(utf8("a long line that has not ended")))
    })
  )
})

describe("lines", () => {
  it.effect("decodes a line cut anywhere; an end inside a line consumes nothing", () =>
    Effect.gen(function* () {
      yield* holds(Framing.lines(), "zwölf €", utf8("zwölf €\n"))
      yield* holds(Framing.lines({ terminator: "lf" }), "a\r", utf8("a\r\n"))
      yield* holds(Framing.lines({ terminator: "crlf" }), "a\nb\r", utf8("a\nb\r\r\n"))
      yield* holds(Framing.lines(), "", utf8("\n"))
      yield* holds(Framing.lines({ encoding: "latin1" }), "\u00fc", Uint8Array.of(0xfc, 0x0a))
      assert.deepStrictEqual(yield* received(Framing.lines(), utf8("both\r\n")), Option.some("both"))
    })
  )

  it.effect("a text is not sent if the peer would find a terminator before its end", () =>
    Effect.gen(function* () {
      for (const [terminator, text] of [
        ["any", "a\nb"],
        ["any", "a\r"],
        ["any", "a\r\n"],
        ["lf", "\n"],
        ["crlf", "a\r\nb"]
      ] as const) {
        const error = yield* Effect.flip(Framing.lines({ terminator }).encode(text))
        assert.deepInclude(error, { _tag: "FrameEncodeError", reason: "ContainsDelimiter" })
      }
    })
  )

  it("for each terminator, a sent text is received unchanged, and only ambiguous texts are refused", () =>
    fc.assert(
      fc.property(
        fc.constantFrom("any" as const, "lf" as const, "crlf" as const),
        fc.stringOf(fc.constantFrom("a", "\r", "\n"), { maxLength: 6 }),
        (terminator, text) => {
          const framing = Framing.lines({ terminator })
          const wire = text + (terminator === "crlf" ? "\r\n" : "\n")
          const first = framing.step()(utf8(`${wire}x\r\n`), false, 0)
          assert(first._tag === "Take")
          assert.strictEqual(framing.encode(text)._tag, first.value === text ? "Right" : "Left")
        }
      ),
      { numRuns: 1000 }
    ))

  it.effect("the limit counts the bytes of the line: one byte more fails to receive and to send", () =>
    Effect.gen(function* () {
      const framing = Framing.lines({ limit: 6 })
      for (const end of ["\n", "\r\n"]) {
        assert.deepStrictEqual(yield* received(framing, utf8(`€€${end}`)), Option.some("€€"))
      }
      const error = yield* Effect.flip(received(framing, utf8("€€x\n")))
      assert.deepInclude(error, { _tag: "LimitExceeded", operation: "lines", limit: 6 })
      assert.deepInclude(yield* Effect.flip(framing.encode("€€x")), { reason: "TooLong", length: 7, limit: 6 })
      assert.strictEqual(Framing.lines().encode("x".repeat(64 * 1024 + 1))._tag, "Left")
    })
  )

  it.effect("bytes that are not text fail with DecodeError and stay; a text that cannot be encoded: EncodeError", () =>
    Effect.gen(function* () {
      const { buffer, socket } = makeFed()
      feed(buffer, Uint8Array.of(0x61, 0x0a, 0x62, 0xff, 0x0a))
      const framing = Framing.lines()
      assert.deepStrictEqual(yield* Framing.recv(socket, framing), Option.some("a"))
      const error = yield* Effect.flip(Framing.recv(socket, framing))
      assert.deepInclude(error, { _tag: "DecodeError", start: 1, streamOffset: 3 })
      assert.deepStrictEqual(yield* Framing.recv(socket, Framing.lines({ encoding: "latin1" })), Option.some("b\u00ff"))
      assert.deepInclude(yield* Effect.flip(Framing.lines({ encoding: "ascii" }).encode("aé")), { _tag: "EncodeError" })
      assert.deepInclude(yield* Effect.flip(framing.encode("\ud800")), { _tag: "EncodeError" })
    })
  )
})
