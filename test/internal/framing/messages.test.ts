import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Framing from "../../../src/Framing.ts"
import { concat, textOf, utf8 } from "../../../src/internal/conformance/kit/bytes.ts"
import { FrameEncodeError, FrameError } from "../../../src/SocketError.ts"
import * as SocketSchema from "../../../src/SocketSchema.ts"
import { encoded, feed, holds, makeFed, received } from "../receive/fed.ts"

const ndjson = Framing.ndjson()

describe("ndjson", () => {
  it.effect("decodes a document cut anywhere; an end inside a document consumes nothing", () =>
    Effect.gen(function* () {
      yield* holds(ndjson, { a: [1, null, "€\n"] }, utf8('{"a":[1,null,"€\\n"]}\n'))
      yield* holds(ndjson, 12, utf8("12\n"))
      yield* holds(ndjson, "", utf8('""\n'))
      assert.deepStrictEqual(yield* received(ndjson, utf8(' { "a" : 1 } \r\n')), Option.some({ a: 1 }))
    })
  )

  it("any JSON value is sent as one line of UTF-8, and received as the same value", () =>
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" })), value => {
        const wire = Effect.runSync(encoded(ndjson, value))
        assert.strictEqual(wire.indexOf(0x0a), wire.length - 1)
        const instruction = ndjson.step()(wire, false, 0)
        assert(instruction._tag === "Take")
        assert.deepStrictEqual(instruction.value, JSON.parse(JSON.stringify(value)))
      })
    ))

  it.effect(
    "invalid JSON, also an empty line, stays buffered until it is received as a line; then the next document follows",
    () =>
      Effect.gen(function* () {
        for (const bad of ["", "  ", "{", "{'a':1}", "1 2", "\ufeff1", "undefined"]) {
          const { buffer, socket } = makeFed()
          feed(buffer, utf8(`"ok"\n${bad}\n[]\n`))
          assert.deepStrictEqual(yield* Framing.recv(socket, ndjson), Option.some("ok"))
          for (const _again of [1, 2]) {
            const error = yield* Effect.flip(Framing.recv(socket, ndjson))
            assert(error instanceof FrameError)
            assert.deepInclude(error, { reason: "InvalidJson", streamOffset: 5 })
            assert.instanceOf(error.cause, SyntaxError)
            assert.match(
              error.message,
              /^frame at byte 5 of the stream: not valid JSON: [^\n]+; the frame stays buffered and can be received /
            )
          }
          assert.deepStrictEqual(yield* Framing.recv(socket, Framing.lines()), Option.some(bad))
          assert.deepStrictEqual(yield* Framing.recv(socket, ndjson), Option.some([]))
        }
      })
  )

  it.effect("bytes that are not UTF-8 fail with DecodeError, and stay buffered", () =>
    Effect.gen(function* () {
      const { buffer, socket } = makeFed()
      const bad = Uint8Array.of(0x22, 0xff, 0x22, 0x0a)
      feed(buffer, bad)
      assert.deepInclude(yield* Effect.flip(Framing.recv(socket, ndjson)), { _tag: "DecodeError", streamOffset: 1 })
      assert.deepStrictEqual(yield* socket.recvExactly(4), bad)
    })
  )

  it.effect("a value without JSON cannot be sent: undefined, a function, a symbol, a cycle, a bigint", () =>
    Effect.gen(function* () {
      const cycle: Array<unknown> = []
      cycle.push(cycle)
      for (const value of [undefined, () => 1, Symbol("s"), cycle, 1n]) {
        const error = yield* Effect.flip(ndjson.encode(value))
        assert.deepInclude(error, { _tag: "FrameEncodeError", reason: "InvalidJson" })
        assert.match(error.message, /^frame to send: the value cannot be written as JSON[^\n]*$/)
      }
    })
  )

  it.effect("the limit counts the bytes of the document: one byte more fails to receive and to send", () =>
    Effect.gen(function* () {
      const framing = Framing.ndjson({ limit: 5 })
      for (const end of ["\n", "\r\n"]) {
        assert.deepStrictEqual(yield* received(framing, utf8(`"€"${end}`)), Option.some("€"))
      }
      for (const wire of ['"€x"\n', "[[[[[[["]) {
        const error = yield* Effect.flip(received(framing, utf8(wire)))
        assert.deepInclude(error, { _tag: "LimitExceeded", operation: "ndjson", limit: 5 })
      }
      assert.deepInclude(yield* Effect.flip(framing.encode("€x")), { reason: "TooLong", length: 6, limit: 5 })
    })
  )

  it.effect("deep nesting does not overflow the stack", () =>
    Effect.gen(function* () {
      const depth = 500_000
      assert.isTrue(Option.isSome(yield* received(ndjson, utf8(`${"[".repeat(depth)}${"]".repeat(depth)}\n`))))
      const error = yield* Effect.flip(received(ndjson, utf8(`${"[".repeat(depth)}\n`)))
      assert.deepInclude(error, { reason: "InvalidJson" })
    })
  )
})

class Person extends Schema.Class<Person>("Person")({ name: Schema.String, born: Schema.Date }) {}

describe("schema", () => {
  const people = ndjson.pipe(SocketSchema.framing(Person))
  const ada = new Person({ name: "Ada", born: new Date("1815-12-10T00:00:00.000Z") })
  const wire = utf8('{"name":"Ada","born":"1815-12-10T00:00:00.000Z"}\n')

  it.effect("decodes a message cut anywhere, as the framing underneath does", () => holds(people, ada, wire))

  it.effect("the error of a message that does not match says where and why, and the message stays buffered", () =>
    Effect.gen(function* () {
      const { buffer, socket } = makeFed()
      feed(buffer, concat([wire, utf8('{"name":"B\\u001b[31m","born":7}\n'), wire]))
      assert.deepStrictEqual(yield* Framing.recv(socket, people), Option.some(ada))
      const error = yield* Effect.flip(Framing.recv(socket, people))
      assert(error instanceof FrameError)
      assert.deepInclude(error, { reason: "InvalidMessage", streamOffset: wire.length })
      assert.isTrue(ParseResult.isParseError(error.cause))
      assert.strictEqual(
        error.message,
        `frame at byte ${wire.length} of the stream: does not match the schema: at ["born"]: Expected string, actual 7; the frame stays buffered and can be received another way`
      )
      assert.deepInclude(yield* Framing.recv(socket, ndjson), { _tag: "Some" })
      assert.deepStrictEqual(yield* Framing.recv(socket, people), Option.some(ada))
    })
  )

  it.effect("for any bytes that the peer sends, an error message is one short line without control characters", () =>
    Effect.gen(function* () {
      const strict = SocketSchema.framing(ndjson, Schema.Record({ key: Schema.String, value: Schema.Literal("x") }))
      const bad = { "\u001b[2J\n\u202e": `\u001b[31m\n${"long".repeat(100)}` }
      for (const error of [
        yield* Effect.flip(received(strict, utf8(`${JSON.stringify(bad)}\n`))),
        yield* Effect.flip(received(ndjson, utf8("\u001b[2J\u202e\n")))
      ]) {
        assert.notMatch(error.message, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
        assert.isBelow(error.message.length, 400)
      }
    })
  )

  it.effect("a value cannot be sent if it does not match, or if the framing underneath cannot encode it", () =>
    Effect.gen(function* () {
      const short = SocketSchema.framing(Framing.lines({ limit: 2 }), Schema.NumberFromString.pipe(Schema.int()))
      assert.strictEqual(textOf(yield* encoded(short, 42)), "42\n")
      const error = yield* Effect.flip(short.encode(0.5))
      assert(error instanceof FrameEncodeError)
      assert.strictEqual(error.reason, "InvalidMessage")
      assert.strictEqual(
        error.message,
        "frame to send: the value does not match the schema: Expected an integer, actual 0.5"
      )
      assert.deepInclude(yield* Effect.flip(short.encode(420)), { reason: "TooLong" })
    })
  )

  it.effect("an asynchronous schema fails with InvalidMessage, and is not a defect", () =>
    Effect.gen(function* () {
      const late = Schema.transformOrFail(Schema.String, Schema.String, {
        decode: text => Effect.delay(Effect.succeed(text), 1),
        encode: ParseResult.succeed
      })
      const error = yield* Effect.flip(received(SocketSchema.framing(ndjson, late), utf8('"x"\n')))
      assert.deepInclude(error, { reason: "InvalidMessage" })
    })
  )
})

describe("transformOrFail", () => {
  /** A number of one byte behind its length. The error contains the size of the content and its stream offset. */
  const numbers = Framing.lengthPrefixed({ size: 1 }).pipe(
    Framing.transformOrFail({
      decode: (content: Uint8Array, streamOffset: number) =>
        content.length === 1 ? Either.right(content[0]!) : Either.left(`${content.length} bytes at ${streamOffset}`),
      encode: (value: number) =>
        Number.isInteger(value) && value >= 0 && value < 256
          ? Either.right(Uint8Array.of(value))
          : Either.left("no byte" as const)
    })
  )

  it.effect("receives what decode returns, sends what encode returns, and fails with their errors", () =>
    Effect.gen(function* () {
      yield* holds(numbers, 7, Uint8Array.of(1, 7))
      assert.strictEqual(yield* Effect.flip(numbers.encode(256)), "no byte")
      const { buffer, socket } = makeFed()
      feed(buffer, Uint8Array.of(1, 7, 2, 8, 9))
      assert.deepStrictEqual(yield* Framing.recv(socket, numbers), Option.some(7))
      assert.strictEqual(yield* Effect.flip(Framing.recv(socket, numbers)), "2 bytes at 2")
      assert.deepStrictEqual(yield* socket.recvExactly(3), Uint8Array.of(2, 8, 9))
    })
  )
})
