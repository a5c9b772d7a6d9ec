import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { ReceiveBuffer } from "../../../src/internal/receive/buffer.ts"
import { make } from "../../../src/internal/stream/socket.ts"
import type { Connection } from "../../../src/internal/stream/transport.ts"
import { ends, idle } from "../receive/idle.ts"

/** A socket that receives the bytes pushed into its buffer. It cannot send. */
const receiver = () => {
  const buffer = new ReceiveBuffer(idle)
  const transport = {
    ...ends,
    recv: bufsize => buffer.recv(bufsize),
    recvWith: step => buffer.recvWith(step)
  } as Connection
  return { buffer, socket: make(transport) }
}

describe("recvAll", () => {
  it.live("has a default limit of 16 MiB: exactly 16 MiB are returned, one byte more fails", () =>
    Effect.gen(function* () {
      const { buffer, socket } = receiver()
      for (let mib = 0; mib < 16; mib++) buffer.push(new Uint8Array(1024 * 1024))
      const waiting = yield* Effect.fork(socket.recvAll())
      yield* Effect.yieldNow()
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      buffer.push(Uint8Array.of(1))
      assert.deepInclude(yield* Effect.flip(Fiber.join(waiting)), {
        _tag: "LimitExceeded",
        operation: "recvAll",
        limit: 16 * 1024 * 1024
      })
      yield* socket.discard(1)
      buffer.end()
      assert.strictEqual((yield* socket.recvAll()).length, 16 * 1024 * 1024)
    })
  )
})

describe("recvInto", () => {
  it.live("if the buffer's memory is transferred while it waits, it fails with InvalidBufsize and loses nothing", () =>
    Effect.gen(function* () {
      const { buffer, socket } = receiver()
      const into = new Uint8Array(4)
      const waiting = yield* Effect.fork(Effect.flip(socket.recvInto(into)))
      yield* Effect.yieldNow()
      structuredClone(into, { transfer: [into.buffer] })
      buffer.push(Uint8Array.of(1, 2))
      assert.deepInclude(yield* Fiber.join(waiting), { _tag: "RecvError", reason: "InvalidBufsize" })
      assert.deepStrictEqual(yield* socket.recv(4), Option.some(Uint8Array.of(1, 2)))
    })
  )

  it.live("writes to Node Buffers and to shared memory", () =>
    Effect.gen(function* () {
      const { buffer, socket } = receiver()
      for (const into of [Buffer.alloc(4), new Uint8Array(new SharedArrayBuffer(4))]) {
        buffer.push(Uint8Array.of(1, 2))
        assert.deepStrictEqual(yield* socket.recvInto(into), Option.some(2))
        assert.deepStrictEqual([...into], [1, 2, 0, 0])
      }
    })
  )
})

describe("recvUntil", () => {
  it.live("accepts a Node Buffer as the delimiter, and keeps no reference to its memory", () =>
    Effect.gen(function* () {
      const { buffer, socket } = receiver()
      const delimiter = Buffer.from("\r\n")
      const receiving = socket.recvUntil(delimiter)
      delimiter.fill(0)
      buffer.push(new TextEncoder().encode("a\r\nb"))
      assert.deepStrictEqual(yield* receiving, new TextEncoder().encode("a"))
    })
  )
})
