/** A socket on a receive buffer without a connection: the test pushes what is received, and reads what was sent. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Framing from "../../../src/Framing.ts"
import { concat } from "../../../src/internal/conformance/kit/bytes.ts"
import { ReceiveBuffer } from "../../../src/internal/receive/buffer.ts"
import { make } from "../../../src/internal/stream/socket.ts"
import { type Connection, TransportTypeId } from "../../../src/internal/stream/transport.ts"
import { UnexpectedEnd } from "../../../src/SocketError.ts"
import { ends, idle } from "./idle.ts"

export const makeFed = (highWaterMark = 1024) => {
  const sent: Array<ReadonlyArray<Uint8Array>> = []
  const flow = { paused: false }
  const buffer = new ReceiveBuffer({
    ...idle,
    highWaterMark,
    pause: () => {
      flow.paused = true
    },
    resume: () => {
      flow.paused = false
    },
    // Overwrites recycled memory, as a later read of the system would. Code that still uses the memory then fails.
    recycle: chunk => void chunk.fill(0xee)
  })
  const connection: Connection = {
    [TransportTypeId]: TransportTypeId,
    ...ends,
    recv: (...how) => buffer.recv(...how),
    recvWith: (...how) => buffer.recvWith(...how),
    sendAll: bytes => Effect.sync(() => void sent.push(bytes instanceof Uint8Array ? [bytes] : bytes)),
    shutdownSend: Effect.void,
    close: Effect.void,
    abort: Effect.void,
    awaitEnd: buffer.awaitEnd,
    stats: Effect.sync(() => ({ bytesReceived: 0, bytesBuffered: buffer.size, bytesSent: 0, bytesUnsent: 0 }))
  }
  return { buffer, flow, socket: make(connection), sent }
}

/** Pushes a copy, because the buffer owns a pushed chunk. */
export const feed = (buffer: ReceiveBuffer, bytes: Uint8Array): void => buffer.push(Uint8Array.from(bytes))

/** Receives from a buffer that has these bytes and then the end of the stream. */
export const received = <A, E, X>(framing: Framing.Framing<A, E, X>, wire: Uint8Array) =>
  Effect.suspend(() => {
    const { buffer, socket } = makeFed()
    feed(buffer, wire)
    buffer.end()
    return Framing.recv(socket, framing)
  })

/** Returns the bytes of an encoded value as one piece. */
export const encoded = <A, E, X>(framing: Framing.Framing<A, E, X>, value: A) =>
  Effect.map(framing.encode(value), bytes => (bytes instanceof Uint8Array ? bytes : concat(bytes)))

const hex = (bytes: Uint8Array) => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join(" ")

/**
 * Checks that a value is encoded as the bytes `wire`, and that `wire` is decoded as the value, wherever it is cut into
 * two pieces, with another byte after it. An end of the stream inside `wire` must fail with `UnexpectedEnd` and consume
 * nothing. An end after it must be the end of the messages.
 */
export const holds = <A, E, X>(framing: Framing.Framing<A, E, X>, value: A, wire: Uint8Array) =>
  Effect.gen(function* () {
    assert.strictEqual(hex(yield* encoded(framing, value)), hex(wire))
    for (let at = 0; at <= wire.length; at++) {
      const { buffer, socket } = makeFed()
      const receiving = yield* Effect.fork(Framing.recv(socket, framing))
      yield* Effect.yieldNow()
      if (at > 0) feed(buffer, wire.subarray(0, at))
      yield* Effect.yieldNow()
      if (at < wire.length) assert.isNull(receiving.unsafePoll(), `returned after ${at} bytes`)
      feed(buffer, concat([wire.subarray(at), Uint8Array.of(0x2a)]))
      assert.deepStrictEqual(yield* Fiber.join(receiving), Option.some(value))
      assert.deepStrictEqual(yield* socket.recv(10), Option.some(Uint8Array.of(0x2a)))
      buffer.end()
      assert.deepStrictEqual(yield* Framing.recv(socket, framing), Option.none())
    }
    for (let at = 1; at < wire.length; at++) {
      const { buffer, socket } = makeFed()
      feed(buffer, wire.subarray(0, at))
      buffer.end()
      for (const _again of [1, 2]) {
        const error = yield* Effect.flip(Framing.recv(socket, framing))
        assert(error instanceof UnexpectedEnd, String(error))
        assert.strictEqual(error.available, at)
      }
      assert.strictEqual(hex(yield* socket.recvAll()), hex(wire.subarray(0, at)))
    }
  })
