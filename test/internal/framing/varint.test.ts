import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Framing from "../../../src/Framing.ts"
import { concat, utf8 } from "../../../src/internal/conformance/kit/bytes.ts"
import { encoded, feed, holds, makeFed, received } from "../receive/fed.ts"
import { bytes, prefixOf, refuses, waitsFor } from "./prefixes.ts"

const abc = utf8("abc")

describe("a varint prefix", () => {
  const varint = Framing.lengthPrefixed({ size: "varint" })

  it.effect("decodes a frame cut anywhere, as Protocol Buffers do; an end inside a frame consumes nothing", () =>
    Effect.gen(function* () {
      yield* holds(varint, abc, concat([bytes(3), abc]))
      yield* holds(varint, bytes(), bytes(0))
      const content = new Uint8Array(300).fill(1)
      yield* holds(varint, content, concat([bytes(0xac, 0x02), content]))
    })
  )

  // Written by hand: seven bits in each byte, the lowest first. The eighth bit means that more bytes follow.
  const lengths: ReadonlyArray<readonly [number, ReadonlyArray<number>]> = [
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [16_383, [0xff, 0x7f]],
    [16_384, [0x80, 0x80, 0x01]],
    [2 ** 31, [0x80, 0x80, 0x80, 0x80, 0x08]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
    [2 ** 49, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    [Number.MAX_SAFE_INTEGER - 10, [0xf5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]]
  ]
  for (const [length, prefix] of lengths) {
    it.effect(`the length ${length} is sent in ${prefix.length} byte(s), and decoded to the same number`, () =>
      Effect.gen(function* () {
        const framing = Framing.lengthPrefixed({ size: "varint", limit: Number.POSITIVE_INFINITY })
        waitsFor(framing, Uint8Array.from(prefix), prefix.length + length)
        if (length > 4096) assert.deepStrictEqual(yield* prefixOf(framing, length), prefix)
        else
          assert.deepStrictEqual(
            Array.from(yield* encoded(framing, new Uint8Array(length))).slice(0, prefix.length),
            prefix
          )
      })
    )
  }

  it.effect("a prefix that is longer than necessary is accepted, up to 10 bytes", () =>
    Effect.gen(function* () {
      const long = bytes(0x83, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)
      assert.deepStrictEqual(yield* received(varint, concat([long, abc])), Option.some(abc))
      assert.deepStrictEqual(yield* received(varint, bytes(0x80, 0x00)), Option.some(bytes()))
    })
  )

  it("a prefix of 64 bits exceeds any limit; more bits, or an eleventh byte, fail with InvalidLength", () => {
    const nines = new Uint8Array(9).fill(0xff)
    const framing = Framing.lengthPrefixed({ size: "varint", limit: Number.POSITIVE_INFINITY })
    assert.deepInclude(refuses(framing, concat([nines, bytes(0x01)])), { _tag: "LimitExceeded" })
    for (const last of [0x02, 0x7f, 0x80, 0x81, 0xff]) {
      const error = refuses(framing, concat([nines, bytes(last)]))
      assert.deepInclude(error, { _tag: "FrameError", reason: "InvalidLength", streamOffset: 0 })
    }
    waitsFor(framing, nines, 10)
  })

  it.effect("an invalid prefix stays buffered, and the error says where it is and what to do", () =>
    Effect.gen(function* () {
      const { buffer, socket } = makeFed()
      const bad = new Uint8Array(12).fill(0x80)
      feed(buffer, concat([bytes(1, 9), bad]))
      assert.deepStrictEqual(yield* Framing.recv(socket, varint), Option.some(bytes(9)))
      const error = yield* Effect.flip(Framing.recv(socket, varint))
      assert.strictEqual(
        error.message,
        "frame at byte 2 of the stream: the length is not a 64-bit varint, so the next frame cannot be found; close the connection"
      )
      assert.deepStrictEqual(yield* socket.recvExactly(12), bad)
    })
  )
})
