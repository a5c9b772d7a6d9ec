/** A socket on a receive buffer and nothing else: what is pushed is received, and what is sent is kept. */
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
    // As the system would: it reads into that memory again. Whoever still looks at it sees that.
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

/** A copy, as of the system: what is pushed belongs to the buffer. */
export const feed = (buffer: ReceiveBuffer, bytes: Uint8Array): void => buffer.push(Uint8Array.from(bytes))

/** Received from a buffer that has these bytes, and then the end. */
export const received = <A, E, X>(framing: Framing.Framing<A, E, X>, wire: Uint8Array) =>
  Effect.suspend(() => {
    const { buffer, socket } = makeFed()
    feed(buffer, wire)
    buffer.end()
    return Framing.recv(socket, framing)
  })

/** What would go out, as one piece. */
export const encoded = <A, E, X>(framing: Framing.Framing<A, E, X>, value: A) =>
  Effect.map(framing.encode(value), bytes => (bytes instanceof Uint8Array ? bytes : concat(bytes)))

const hex = (bytes: Uint8Array) => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join(" ")

/**
 * A value is these bytes and no others; they are the value, wherever they are cut, and something follows; an end anywhere
 * inside is `UnexpectedEnd` and takes nothing; one after them is the end.
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
      if (at < wire.length) assert.isNull(receiving.unsafePoll(), `given after ${at} bytes`)
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
