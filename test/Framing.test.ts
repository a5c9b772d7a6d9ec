import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Framing from "../src/Framing.ts"
import { concat, pattern, utf8 } from "../src/internal/conformance/kit/bytes.ts"
import * as Network from "../src/Network.ts"
import * as Socket from "../src/Socket.ts"
import type * as SocketError from "../src/SocketError.ts"
import * as SocketSchema from "../src/SocketSchema.ts"
import { feed, makeFed } from "./internal/receive/fed.ts"
import { onEach } from "./networks.ts"

const blobs = Framing.lengthPrefixed({ size: 4 })
const points = SocketSchema.framing(Framing.ndjson(), Schema.Struct({ x: Schema.Number, y: Schema.Number }))

/** Waits until this many bytes are buffered. */
const arrived = (socket: Socket.Socket, bytes: number) =>
  socket.recvWith(view => (view.length < bytes ? Socket.more(bytes) : Socket.take(0, undefined)))

describe("messages between two sockets", () => {
  onEach(test => {
    test("messages are received in the order in which they were sent; at the end recv returns None", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* Framing.send(a, points, { x: 1, y: 2 })
        yield* a.pipe(Framing.send(points, { x: 3, y: 4 }))
        yield* a.shutdownSend
        assert.deepStrictEqual(yield* Framing.recv(b, points), Option.some({ x: 1, y: 2 }))
        assert.deepStrictEqual(yield* b.pipe(Framing.recv(points)), Option.some({ x: 3, y: 4 }))
        assert.deepStrictEqual(yield* Framing.recv(b, points), Option.none())
        assert.deepStrictEqual(yield* Framing.recv(b, points), Option.none())
      }))

    test("a value that cannot be encoded sends nothing; sendMany sends all of its values or none", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const short = Framing.lines({ limit: 3 })
        const tooLong = { _tag: "FrameEncodeError", reason: "TooLong" } as const
        assert.deepInclude(yield* Effect.flip(Framing.send(a, short, "long")), tooLong)
        assert.deepInclude(yield* Effect.flip(Framing.sendMany(a, short, ["no", "way", "long"])), tooLong)
        assert.strictEqual((yield* a.stats).bytesSent, 0)
        yield* a.pipe(Framing.sendMany(short, new Set(["one", "two", "3"])))
        yield* Framing.sendMany(a, short, [])
        yield* Framing.send(a, short, "end")
        yield* a.shutdownSend
        assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Stream.runCollect(Framing.stream(b, short))), [
          "one",
          "two",
          "3",
          "end"
        ])
      }))

    test("a stream emits all buffered messages as one Chunk, then fails at an invalid one, which stays buffered", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* a.sendText('{"x":1,"y":2}\n{"x":3,"y":4}\n{"x":5}\n{"x":6,"y":7}\n')
        yield* arrived(b, 50)
        const chunks: Array<unknown> = []
        const error = yield* b.pipe(
          Framing.stream(points),
          Stream.chunks,
          Stream.runForEach(chunk => Effect.sync(() => chunks.push(Chunk.toReadonlyArray(chunk)))),
          Effect.flip
        )
        assert.deepStrictEqual(chunks, [
          [
            { x: 1, y: 2 },
            { x: 3, y: 4 }
          ]
        ])
        assert.deepInclude(error, { _tag: "FrameError", reason: "InvalidMessage", streamOffset: 28 })
        assert.deepStrictEqual(yield* Framing.recv(b, Framing.ndjson()), Option.some({ x: 5 }))
        assert.deepStrictEqual(yield* Framing.recv(b, points), Option.some({ x: 6, y: 7 }))
      }))

    test("a sink sends each Chunk and leaves the sending half open; it fails at a value that cannot be encoded", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const short = Framing.lines({ limit: 3 })
        yield* Stream.run(Stream.make("one", "two"), Framing.sink(a, short))
        const mixed = Stream.concat(Stream.make("3"), Stream.make("no", "long"))
        assert.deepInclude(yield* Effect.flip(Stream.run(mixed, a.pipe(Framing.sink(short)))), {
          _tag: "FrameEncodeError"
        } as const)
        yield* a.sendText("end")
        yield* a.shutdownSend
        assert.strictEqual(new TextDecoder().decode(yield* b.recvAll()), "one\ntwo\n3\nend")
      }))

    test("a socket can change its framing: bytes that arrived early are decoded with the next framing", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* a.sendAll(concat([utf8("STARTTLS\r\n"), Uint8Array.of(0, 0, 0, 2, 7, 8), utf8("tail")]))
        yield* arrived(b, 20)
        assert.deepStrictEqual(yield* Framing.recv(b, Framing.lines()), Option.some("STARTTLS"))
        assert.deepStrictEqual(yield* Framing.recv(b, blobs), Option.some(Uint8Array.of(7, 8)))
        assert.deepStrictEqual(yield* b.recvExactly(4), utf8("tail"))
      }))

    test("a receive that times out inside a message loses nothing", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* a.sendAll(Uint8Array.of(0, 0, 0, 3, 1))
        yield* arrived(b, 5)
        assert.deepStrictEqual(yield* Effect.timeoutOption(Framing.recv(b, blobs), 20), Option.none())
        yield* a.sendAll(Uint8Array.of(2, 3))
        assert.deepStrictEqual(yield* Framing.recv(b, blobs), Option.some(Uint8Array.of(1, 2, 3)))
      }))

    test("an end inside a message fails with UnexpectedEnd, and the bytes stay buffered", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* a.sendAll(Uint8Array.of(0, 0, 0, 3, 1))
        yield* a.shutdownSend
        const error = yield* Effect.flip(Framing.recv(b, blobs))
        assert.deepInclude(error, { _tag: "UnexpectedEnd", expected: 7, available: 5 })
        const again = yield* Effect.flip(Stream.runDrain(Framing.stream(b, blobs)))
        assert.deepInclude(again, { _tag: "UnexpectedEnd", expected: 7, available: 5 })
        assert.deepStrictEqual(yield* b.recvExactly(5), Uint8Array.of(0, 0, 0, 3, 1))
      }))

    test("a frame many times larger than the receive buffer arrives whole, in both directions at once", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const content = pattern(3_000_000)
        const sending = yield* Effect.forEach([a, b], socket => Effect.fork(Framing.send(socket, blobs, content)))
        for (const socket of [b, a]) {
          const got = Option.getOrThrow(yield* Framing.recv(socket, blobs))
          assert.isTrue(got.length === content.length && got.every((byte, i) => byte === content[i]))
        }
        yield* Fiber.joinAll(sending)
      }))

    test("a second fiber that receives at the same time fails with Busy", () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const first = yield* Effect.fork(Framing.recv(b, blobs))
        yield* Effect.yieldNow()
        assert.deepInclude(yield* Effect.flip(Framing.recv(b, blobs)), { _tag: "RecvError", reason: "Busy" })
        yield* Framing.send(a, blobs, Uint8Array.of(1))
        assert.deepStrictEqual(yield* Fiber.join(first), Option.some(Uint8Array.of(1)))
      }))
  })
})

describe("a framing", () => {
  /** A frame of two bytes: a type and a value. */
  const pairs = Framing.make({
    step: (): Socket.Step<readonly [number, number], never> => view =>
      view.length < 2 ? Socket.more(2) : Socket.take(2, [view[0]!, view[1]!]),
    encode: ([type, value]: readonly [number, number]) =>
      type < 256 ? Either.right([Uint8Array.of(type), Uint8Array.of(value)]) : Either.left("no such type" as const)
  })

  it.effect("can be made from a step and an encode function", () =>
    Effect.gen(function* () {
      const { buffer, sent, socket } = makeFed()
      feed(buffer, Uint8Array.of(1, 2, 3))
      assert.deepStrictEqual(yield* Framing.recv(socket, pairs), Option.some([1, 2] as const))
      yield* Framing.send(socket, pairs, [4, 5])
      assert.strictEqual(yield* Effect.flip(Framing.send(socket, pairs, [256, 5])), "no such type")
      assert.deepStrictEqual(sent, [[Uint8Array.of(4), Uint8Array.of(5)]])
    })
  )

  it("is recognized by isFraming", () => {
    for (const framing of [pairs, points, blobs, Framing.lines(), Framing.delimited("")]) {
      assert.isTrue(Framing.isFraming(framing))
    }
    assert.isFalse(Framing.isFraming({ step: pairs.step, encode: pairs.encode }))
  })

  it.effect("sendMany makes one write: neighboring small frames are joined, and a large payload is not copied", () =>
    Effect.gen(function* () {
      const { sent, socket } = makeFed()
      yield* Framing.sendMany(socket, pairs, [
        [1, 2],
        [3, 4]
      ])
      assert.deepStrictEqual(sent, [[Uint8Array.of(1, 2, 3, 4)]])
      const big = new Uint8Array(100_000)
      yield* Framing.sendMany(socket, blobs, [Uint8Array.of(7), big, Uint8Array.of(8), Uint8Array.of(9)])
      const [, [first, second, third, ...more]] = sent as unknown as [unknown, ReadonlyArray<Uint8Array>]
      assert.deepStrictEqual(first, Uint8Array.of(0, 0, 0, 1, 7, 0, 1, 0x86, 0xa0))
      assert.strictEqual(second, big)
      assert.deepStrictEqual(third, Uint8Array.of(0, 0, 0, 1, 8, 0, 0, 0, 1, 9))
      assert.deepStrictEqual(more, [])
    })
  )

  it.effect("may encode a value in any number of pieces", () =>
    Effect.gen(function* () {
      const { sent, socket } = makeFed()
      const pieces = Array.from({ length: 300_000 }, () => Uint8Array.of(7))
      const crumbs = Framing.make<string, SocketError.UnexpectedEnd>({
        step: () => () => Socket.more(1),
        encode: () => Either.right(pieces)
      })
      yield* Framing.sendMany(socket, crumbs, ["one", "two"])
      assert.deepStrictEqual(
        sent.map(buffers => buffers.map(({ length }) => length)),
        [[600_000]]
      )
    })
  )

  it.effect("if encode throws, the send dies and sends nothing", () =>
    Effect.gen(function* () {
      const { sent, socket } = makeFed()
      const broken = Framing.make<string, SocketError.UnexpectedEnd>({
        step: () => () => Socket.more(1),
        encode: () => {
          throw new Error("bug")
        }
      })
      const exit = yield* Effect.exit(Framing.send(socket, broken, "x"))
      assert.isTrue(exit._tag === "Failure" && exit.cause._tag === "Die")
      assert.deepStrictEqual(sent, [])
    })
  )
})
