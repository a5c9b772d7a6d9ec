/** Reading the bytes of stdin. */
import * as stream from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { reader } from "../../src/cli/kit/input.ts"

const readerOf = (readable: stream.Readable) => reader(readable, Option.none())

const text = Option.map((bytes: Uint8Array) => Buffer.from(bytes).toString())

describe("stdin", () => {
  it.live("returns the bytes, and then the end on every read", () =>
    Effect.gen(function* () {
      const { read } = readerOf(stream.Readable.from([Buffer.from("a")]))
      assert.deepStrictEqual(text(yield* read), Option.some("a"))
      assert.deepStrictEqual([yield* read, yield* read], [Option.none(), Option.none()])
    })
  )

  it.live("an interrupted read consumes nothing", () =>
    Effect.gen(function* () {
      const readable = new stream.PassThrough()
      const { read } = readerOf(readable)
      const waiting = yield* Effect.fork(read)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      readable.write("a")
      assert.deepStrictEqual(text(yield* read), Option.some("a"))
      assert.strictEqual(readable.listenerCount("readable"), 0)
    })
  )

  it.live("an error fails the read, and every later read", () =>
    Effect.gen(function* () {
      const readable = new stream.PassThrough().on("error", () => {})
      const { read } = readerOf(readable)
      const waiting = yield* Effect.fork(Effect.flip(read))
      yield* Effect.yieldNow()
      readable.destroy(Object.assign(new Error("no"), { code: "EIO" }))
      assert.strictEqual((yield* Fiber.join(waiting)).message, "stdin: cannot be read (EIO)")
      assert.strictEqual((yield* Effect.flip(read)).code, "EIO")
    })
  )

  it.live("reads ahead no further than the high-water mark of the stream", () =>
    Effect.gen(function* () {
      let given = 0
      const readable = new stream.Readable({
        highWaterMark: 1000,
        read() {
          given += 100
          this.push(Buffer.alloc(100))
        }
      })
      const { read } = readerOf(readable)
      yield* read
      yield* Effect.promise(() => new Promise(setImmediate))
      assert.isAtMost(given, 2100)
    })
  )
})
