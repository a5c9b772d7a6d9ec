import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Framing from "../../../src/Framing.ts"
import { concat, utf8 } from "../../../src/internal/conformance/kit/bytes.ts"
import type * as SocketError from "../../../src/SocketError.ts"
import { encoded, feed, holds, makeFed, received } from "../receive/fed.ts"
import { bytes, decision, ofLength, prefixOf, refuses, waitsFor } from "./prefixes.ts"

const abc = utf8("abc")

type Fixed = Framing.LengthPrefixedOptions

describe("a prefix of a fixed size", () => {
  // The names are formats of Python's struct: B, >H, <H, >I, <I, >Q, <Q.
  const rows: ReadonlyArray<readonly [format: string, options: Fixed, three: Uint8Array, zero: Uint8Array]> = [
    ["B", { size: 1 }, bytes(3), bytes(0)],
    ["B", { size: 1, endianness: "little" }, bytes(3), bytes(0)],
    [">H", { size: 2 }, bytes(0, 3), bytes(0, 0)],
    ["<H", { size: 2, endianness: "little" }, bytes(3, 0), bytes(0, 0)],
    [">I", { size: 4, endianness: "big" }, bytes(0, 0, 0, 3), bytes(0, 0, 0, 0)],
    ["<I", { size: 4, endianness: "little" }, bytes(3, 0, 0, 0), bytes(0, 0, 0, 0)],
    [">Q", { size: 8 }, bytes(0, 0, 0, 0, 0, 0, 0, 3), new Uint8Array(8)],
    ["<Q", { size: 8, endianness: "little" }, bytes(3, 0, 0, 0, 0, 0, 0, 0), new Uint8Array(8)]
  ]
  for (const [format, options, three, zero] of rows) {
    it.effect(`struct "${format}": decodes a frame cut anywhere; an end inside a frame consumes nothing`, () =>
      holds(Framing.lengthPrefixed(options), abc, concat([three, abc]))
    )
    it.effect(`struct "${format}" with length 0 is a frame without content`, () =>
      holds(Framing.lengthPrefixed(options), bytes(), zero)
    )
  }

  it("all bytes of a received prefix count, in the right order", () => {
    const limit = Number.POSITIVE_INFINITY
    waitsFor(Framing.lengthPrefixed({ size: 2 }), bytes(1, 2), 2 + 0x0102)
    waitsFor(Framing.lengthPrefixed({ size: 2, endianness: "little" }), bytes(1, 2), 2 + 0x0201)
    waitsFor(Framing.lengthPrefixed({ size: 4, limit }), bytes(1, 2, 3, 4), 4 + 0x01020304)
    waitsFor(Framing.lengthPrefixed({ size: 4, endianness: "little", limit }), bytes(1, 2, 3, 4), 4 + 0x04030201)
    waitsFor(Framing.lengthPrefixed({ size: 8, limit }), bytes(0, 1, 2, 3, 4, 5, 6, 7), 8 + 0x01020304050607)
    const little = Framing.lengthPrefixed({ size: 8, endianness: "little", limit })
    waitsFor(little, bytes(7, 6, 5, 4, 3, 2, 1, 0), 8 + 0x01020304050607)
  })

  it.effect("all bytes of a sent prefix are written, in the right order", () =>
    Effect.gen(function* () {
      const limit = Number.POSITIVE_INFINITY
      assert.deepStrictEqual(yield* prefixOf(Framing.lengthPrefixed({ size: 2 }), 0x1234), [0x12, 0x34])
      assert.deepStrictEqual(yield* prefixOf(Framing.lengthPrefixed({ size: 4, limit }), 0x81020304), [0x81, 2, 3, 4])
      const little4 = Framing.lengthPrefixed({ size: 4, limit, endianness: "little" })
      assert.deepStrictEqual(yield* prefixOf(little4, 0x81020304), [4, 3, 2, 0x81])
      const big8 = Framing.lengthPrefixed({ size: 8, limit })
      assert.deepStrictEqual(yield* prefixOf(big8, 0x01020304050607), [0, 1, 2, 3, 4, 5, 6, 7])
      const little8 = Framing.lengthPrefixed({ size: 8, limit, endianness: "little" })
      assert.deepStrictEqual(yield* prefixOf(little8, 0x01020304050607), [7, 6, 5, 4, 3, 2, 1, 0])
    })
  )

  for (const [size, longest] of [
    [1, 255],
    [2, 65_535]
  ] as const) {
    it.effect(`a prefix of ${size} byte(s): ${longest} bytes can be sent, and one more cannot`, () =>
      Effect.gen(function* () {
        const framing = Framing.lengthPrefixed({ size })
        const content = new Uint8Array(longest).fill(7)
        const wire = yield* encoded(framing, content)
        assert.deepStrictEqual(wire, concat([new Uint8Array(size).fill(255), content]))
        assert.deepStrictEqual(yield* received(framing, wire), Option.some(content))
        const error = yield* Effect.flip(framing.encode(new Uint8Array(longest + 1)))
        assert.deepInclude(error, { reason: "TooLong", length: longest + 1, limit: longest })
        assert.strictEqual(
          error.message,
          `frame to send: its length is ${longest + 1} bytes, and the limit is ${longest}; send it in parts`
        )
      })
    )
  }

  it.effect("a prefix of 4 bytes: the largest length is accepted, and one byte more cannot be sent", () =>
    Effect.gen(function* () {
      const framing = Framing.lengthPrefixed({ size: 4, limit: Number.POSITIVE_INFINITY })
      waitsFor(framing, bytes(255, 255, 255, 255), 4 + 4_294_967_295)
      assert.deepStrictEqual(yield* prefixOf(framing, 4_294_967_295), [255, 255, 255, 255])
      const error = yield* Effect.flip(framing.encode(ofLength(4_294_967_296)))
      assert.deepInclude(error, { reason: "TooLong", limit: 4_294_967_295 })
    })
  )

  it("a prefix of 8 bytes: a length that is not an exact number fails, even without a limit", () => {
    const framing = Framing.lengthPrefixed({ size: 8, limit: Number.POSITIVE_INFINITY })
    const most = Number.MAX_SAFE_INTEGER - 10
    waitsFor(framing, bytes(0, 0x1f, 255, 255, 255, 255, 255, 0xf5), 8 + most)
    for (const prefix of [
      bytes(0, 0x1f, 255, 255, 255, 255, 255, 0xf6),
      bytes(0, 0x20, 0, 0, 0, 0, 0, 0),
      bytes(0, 0x20, 0, 0, 0, 0, 0, 1),
      bytes(0x80, 0, 0, 0, 0, 0, 0, 0),
      bytes(255, 255, 255, 255, 255, 255, 255, 255)
    ]) {
      assert.deepInclude(refuses(framing, prefix), { _tag: "LimitExceeded", limit: most })
    }
    const error = refuses(framing, bytes(255, 255, 255, 255, 255, 255, 255, 255))
    assert.match(error.message, /^lengthPrefixed: the prefix announces a frame of more than 9007199254740991 bytes/)
  })
})

describe("the limit", () => {
  const kinds: ReadonlyArray<
    readonly [
      string,
      (limit?: number) => Framing.Framing<Uint8Array, SocketError.LimitExceeded | object, SocketError.FrameEncodeError>
    ]
  > = [
    ...([2, 4, 8] as const).flatMap(size =>
      (["big", "little"] as const).map(
        endianness =>
          [
            `${size} bytes, ${endianness}`,
            (limit?: number) => Framing.lengthPrefixed({ size, endianness, limit })
          ] as const
      )
    ),
    ["a varint", limit => Framing.lengthPrefixed({ size: "varint", limit })]
  ]
  for (const [name, make] of kinds) {
    it.effect(`${name}: exactly limit bytes are received; one more fails by its prefix alone, and cannot be sent`, () =>
      Effect.gen(function* () {
        const content = new Uint8Array(1000).fill(5)
        const wire = yield* encoded(make(), content)
        assert.deepStrictEqual(yield* received(make(1000), wire), Option.some(content))
        const prefix = wire.subarray(0, wire.length - 1000)
        const error = refuses(make(999), prefix)
        assert.deepInclude(error, { _tag: "LimitExceeded", operation: "lengthPrefixed", limit: 999, announced: 1000 })
        assert.propertyVal(
          error,
          "message",
          "lengthPrefixed: the prefix announces a frame of 1000 bytes, and the limit is 999"
        )
        assert.strictEqual((yield* make(1000).encode(content)).length > 0, true)
        assert.deepInclude(yield* Effect.flip(make(999).encode(content)), {
          reason: "TooLong",
          length: 1000,
          limit: 999
        })
      })
    )
  }

  it("is 16 MiB by default", () => {
    const prefix = bytes(0x01, 0x00, 0x00, 0x00)
    waitsFor(Framing.lengthPrefixed({ size: 4 }), prefix, 4 + 16 * 1024 * 1024)
    for (const framing of [Framing.lengthPrefixed({ size: 4 }), Framing.lengthPrefixed({ size: "varint" })]) {
      assert.strictEqual(framing.encode(ofLength(16 * 1024 * 1024))._tag, "Right")
      assert.strictEqual(framing.encode(ofLength(16 * 1024 * 1024 + 1))._tag, "Left")
    }
  })

  it.effect("a frame beyond the limit stays buffered and fails again; its bytes can be received another way", () =>
    Effect.gen(function* () {
      const { buffer, socket } = makeFed()
      const framing = Framing.lengthPrefixed({ size: 4 })
      feed(buffer, bytes(0x01, 0x00, 0x00, 0x01, 0x61))
      for (const _again of [1, 2]) {
        assert.deepInclude(yield* Effect.flip(Framing.recv(socket, framing)), {
          _tag: "LimitExceeded",
          announced: 16 * 1024 * 1024 + 1
        })
      }
      assert.deepStrictEqual(yield* socket.recvExactly(5), bytes(0x01, 0x00, 0x00, 0x01, 0x61))
    })
  )

  it.effect("applies to each frame of a stream, even if all frames are buffered", () =>
    Effect.gen(function* () {
      const { buffer, socket } = makeFed()
      feed(buffer, bytes(1, 7, 2, 8, 8, 3, 9, 9, 9, 1, 7))
      buffer.end()
      const got: Array<Uint8Array> = []
      const frames = Framing.stream(socket, Framing.lengthPrefixed({ size: 1, limit: 2 }))
      const error = yield* Effect.flip(Stream.runForEach(frames, frame => Effect.sync(() => got.push(frame))))
      assert.deepInclude(error, { _tag: "LimitExceeded", limit: 2, announced: 3 })
      assert.deepStrictEqual(got, [bytes(7), bytes(8, 8)])
      assert.deepStrictEqual(yield* socket.recvExactly(6), bytes(3, 9, 9, 9, 1, 7))
    })
  )

  it("with a limit of 0, only frames without content are accepted", () => {
    const framing = Framing.lengthPrefixed({ size: 1, limit: 0 })
    assert.deepInclude(refuses(framing, bytes(1)), { limit: 0 })
    assert.deepInclude(decision(framing, bytes(0)), { _tag: "Take", bytes: 1 })
  })
})

describe("payloads", () => {
  it.effect("a received payload shares no memory with the receive buffer", () =>
    Effect.gen(function* () {
      const { buffer, socket } = makeFed()
      const wire = bytes(2, 1, 2, 2, 3, 4)
      feed(buffer, wire)
      const first = Option.getOrThrow(yield* Framing.recv(socket, Framing.lengthPrefixed({ size: 1 })))
      first.fill(9)
      const second = yield* Framing.recv(socket, Framing.lengthPrefixed({ size: 1 }))
      assert.deepStrictEqual(second, Option.some(bytes(3, 4)))
      assert.strictEqual(first.buffer.byteLength, 2)
    })
  )

  it("a payload of any length is received as it was sent, with any prefix", () =>
    fc.assert(
      fc.property(
        fc.constantFrom<Fixed["size"] | "varint">(2, 4, 8, "varint"),
        fc.constantFrom("big" as const, "little" as const),
        fc.integer({ min: 0, max: 20_000 }),
        (size, endianness, length) => {
          const framing =
            size === "varint" ? Framing.lengthPrefixed({ size }) : Framing.lengthPrefixed({ size, endianness })
          const content = new Uint8Array(length).fill(length)
          const wire = Effect.runSync(encoded(framing, content))
          const instruction = framing.step()(wire, true, 0)
          assert(instruction._tag === "Take")
          assert.strictEqual(instruction.bytes, wire.length)
          assert.deepStrictEqual(instruction.value, content)
        }
      )
    ))
})

describe("frames of a stream that are buffered together", () => {
  it.effect("are received as they were sent, and each keeps at most its own bytes or 4 KiB alive", () =>
    Effect.gen(function* () {
      const { buffer, socket } = makeFed(1024 * 1024)
      const framing = Framing.lengthPrefixed({ size: 2 })
      const payloads = Array.from({ length: 300 }, (_, n) => new Uint8Array(n % 7 === 0 ? n * 20 : n % 40).fill(n))
      feed(buffer, concat(yield* Effect.forEach(payloads, payload => encoded(framing, payload))))
      buffer.end()
      const frames = yield* Stream.runCollect(Framing.stream(socket, framing))
      assert.deepStrictEqual([...frames], payloads)
      for (const { buffer: memory, length } of frames) assert.isAtMost(memory.byteLength, Math.max(length, 4096))
    })
  )
})
