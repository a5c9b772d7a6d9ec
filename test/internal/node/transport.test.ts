/**
 * Facts about Node's sockets, and what our sockets do about them. Each title states a fact.
 */
import type * as net from "node:net"
import * as os from "node:os"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import type * as Socket from "../../../src/Socket.ts"
import * as peer from "./peer.ts"

const node = Effect.provide(NodeNetwork.layer)
const MiB = 1024 * 1024

/** Receives to the end. Returns the number of bytes and how the connection ended. */
const drain = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    let bytes = 0
    while (true) {
      const next = yield* Effect.either(socket.recv(65536))
      if (next._tag === "Left") {
        return { bytes, end: next.left.reason }
      }
      if (Option.isNone(next.right)) {
        return { bytes, end: "End" as const }
      }
      bytes += next.right.value.length
    }
  })

/** One of our sockets, connected to a plain socket of Node. */
const connected = (options?: Network.ConnectOptions) =>
  Effect.gen(function* () {
    const arrived = yield* Deferred.make<net.Socket>()
    const address = yield* peer.server(socket => {
      Deferred.unsafeDone(arrived, Effect.succeed(socket))
    })
    const socket = yield* Network.connect(address, options)
    return [socket, yield* Deferred.await(arrived)] as const
  })

describe("sending", () => {
  it.scopedLive("a write callback without an error is not success: a send that is cut by a reset fails", () =>
    Effect.gen(function* () {
      const [socket, other] = yield* connected()
      other.pause()
      const sending = yield* Effect.fork(Effect.flip(socket.sendAll(new Uint8Array(20 * MiB))))
      yield* peer.turns(50)
      other.resetAndDestroy()
      const error = yield* Fiber.join(sending)
      assert.include(["Reset", "BrokenPipe"], error.reason)
      assert.strictEqual(error.bytesRequested, 20 * MiB)
    }).pipe(node)
  )

  it.scopedLive("write() may return true while it still uses the bytes: ours can be overwritten after a send", () =>
    Effect.gen(function* () {
      const [socket, other] = yield* connected()
      let wrong = 0
      let received = 0
      other.on("data", chunk => {
        for (const byte of chunk) {
          wrong += byte === 0xee ? 1 : 0
        }
        received += chunk.length
      })
      const buffer = new Uint8Array(10_000)
      for (let i = 0; i < 2_000; i++) {
        buffer.fill(i % 200)
        yield* socket.sendAll(buffer)
        buffer.fill(0xee)
      }
      yield* peer.until("all has arrived", () => received === 2_000 * 10_000)
      assert.strictEqual(wrong, 0)
    }).pipe(node)
  )

  it.scopedLive("the first send after the peer has closed succeeds, a later one fails, and so do all after that", () =>
    Effect.gen(function* () {
      const [socket, other] = yield* connected()
      other.destroy()
      yield* socket.awaitEnd
      yield* socket.sendAll(new Uint8Array(1))
      const error = yield* Effect.flip(
        Effect.forever(Effect.zipRight(socket.sendAll(new Uint8Array(1)), peer.turns(1)))
      )
      assert.include(["Reset", "BrokenPipe"], error.reason)
      const again = yield* Effect.flip(socket.sendAll(new Uint8Array(1)))
      assert.include(["Reset", "BrokenPipe"], again.reason)
    }).pipe(node)
  )

  it.scopedLive("writes that the kernel takes at once never wait: a busy sender still lets timers run", () =>
    Effect.gen(function* () {
      const [socket, other] = yield* connected()
      other.resume()
      let longest = 0
      let last = performance.now()
      const timer = setInterval(() => {
        const now = performance.now()
        longest = Math.max(longest, now - last)
        last = now
      }, 1)
      const buffer = new Uint8Array(1024)
      yield* Effect.ensuring(
        Effect.forEach(new Array(100_000).fill(0), () => socket.sendAll(buffer), { discard: true }),
        Effect.sync(() => clearInterval(timer))
      )
      // If the sender never yielded, the timer would not fire at all.
      assert.isAbove(longest, 0)
    }).pipe(node)
  )
})

describe("the end", () => {
  it.scopedLive("Node ends a socket when its peer ends: with ours, an answer after the client's end arrives", () =>
    Effect.gen(function* () {
      const [client, server] = yield* Network.pair
      yield* client.sendText("question")
      yield* client.shutdownSend
      assert.deepStrictEqual(yield* drain(server), { bytes: 8, end: "End" })
      yield* server.sendText("answer")
      yield* server.close
      assert.deepStrictEqual(yield* drain(client), { bytes: 6, end: "End" })
    }).pipe(node)
  )

  for (const bytes of [1_000, 3 * MiB]) {
    it.scopedLive(`a paused socket shows a reset as an end: ours reports a reset (${bytes} bytes, then RST)`, () =>
      Effect.gen(function* () {
        const [socket, other] = yield* connected({ highWaterMark: 512 })
        yield* peer.turns(5)
        other.write(new Uint8Array(bytes))
        yield* peer.turns(20)
        other.resetAndDestroy()
        yield* peer.turns(20)
        const { end } = yield* drain(socket)
        assert.strictEqual(end, "Reset")
        assert.strictEqual((yield* Effect.flip(socket.recv(1))).reason, "Reset")
      }).pipe(node)
    )
  }

  it.scopedLive("bytes that arrived before a reset are received first, and then the reset", () =>
    Effect.gen(function* () {
      const [socket, other] = yield* connected()
      other.write("precious", () => other.resetAndDestroy())
      yield* socket.awaitEnd
      assert.deepStrictEqual(yield* drain(socket), { bytes: 8, end: "Reset" })
    }).pipe(node)
  )

  it.scopedLive("a reset of a paused socket is reported by the next receives", () =>
    Effect.gen(function* () {
      const [socket, other] = yield* connected({ highWaterMark: 1 })
      other.write("x")
      yield* peer.turns(20)
      other.resetAndDestroy()
      yield* peer.turns(20)
      assert.deepStrictEqual(yield* drain(socket), { bytes: 1, end: "Reset" })
    }).pipe(node)
  )

  it.scopedLive("an end of the peer while our own send waits is an end", () =>
    Effect.gen(function* () {
      const [socket, other] = yield* connected()
      other.pause()
      yield* Effect.fork(Effect.ignore(socket.sendAll(new Uint8Array(20 * MiB))))
      other.end("bye")
      assert.deepStrictEqual(yield* drain(socket), { bytes: 3, end: "End" })
      yield* socket.abort
    }).pipe(node)
  )

  it.scopedLive("a late error event would end the process: our listener is never removed", () =>
    Effect.gen(function* () {
      const [socket, other] = yield* connected()
      yield* socket.close
      other.resetAndDestroy()
      yield* peer.turns(20)
    }).pipe(node)
  )
})

describe("closing", () => {
  it.scopedLive("unread bytes keep a socket of Node open: our Scope destroys it", () =>
    Effect.gen(function* () {
      const closed = yield* Deferred.make<void>()
      const address = yield* peer.server(socket => {
        socket.resume()
        socket.on("close", () => Deferred.unsafeDone(closed, Effect.void))
        socket.end("unread")
      })
      yield* Network.withConnection(address, socket => socket.awaitEnd)
      yield* Deferred.await(closed)
    }).pipe(node)
  )

  it.scopedLive("a clean end after a cut message would be wrong: a close whose flush does not finish resets", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const socket = yield* Network.connect(listener.address, { closeTimeout: "100 millis" })
      const other = yield* listener.accept
      yield* Effect.fork(Effect.ignore(socket.sendAll(new Uint8Array(20 * MiB))))
      yield* peer.turns(20)
      yield* socket.close
      const { bytes, end } = yield* drain(other)
      assert.isBelow(bytes, 20 * MiB)
      assert.strictEqual(end, "Reset", "the peer must not see a clean end after a cut message")
    }).pipe(node)
  )

  it.scopedLive("a reset destroys delivered bytes: a complete reply is followed by an end, also after a failure", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const reply = new Uint8Array(100_000)
      yield* Effect.forkScoped(
        Effect.forever(
          Effect.ignore(
            Effect.scoped(
              Effect.flatMap(listener.accept, socket =>
                Effect.zipRight(
                  Effect.zipRight(socket.recv(10), socket.sendAll(reply)),
                  Effect.fail("bad request" as const)
                )
              )
            )
          )
        )
      )
      for (let i = 0; i < 50; i++) {
        const client = yield* Network.connect(listener.address)
        yield* client.sendAll(new Uint8Array(100))
        assert.deepStrictEqual(yield* drain(client), { bytes: 100_000, end: "End" })
      }
    }).pipe(node)
  )

  it.scopedLive("a peer that never reads delays a close no longer than closeTimeout", () =>
    Effect.gen(function* () {
      const address = yield* peer.server(socket => socket.pause())
      const exit = yield* Effect.exit(
        Network.withConnection(
          address,
          socket =>
            Effect.zipRight(
              Effect.fork(Effect.ignore(socket.sendAll(new Uint8Array(20 * MiB)))),
              Effect.zipRight(peer.turns(20), socket.close)
            ),
          { closeTimeout: "50 millis" }
        )
      )
      assert.strictEqual(exit._tag, "Success")
    }).pipe(node)
  )

  it.scopedLive("resetAndDestroy throws for a Unix socket: abort destroys the socket, and the peer sees the end", () =>
    Effect.gen(function* () {
      const path = `${os.tmpdir()}/abort-${process.pid}-${Math.floor(performance.now())}.sock`
      const listener = yield* Network.listen(`unix:${path}`)
      const client = yield* Network.connect(listener.address)
      const server = yield* listener.accept
      yield* client.abort
      assert.deepStrictEqual(yield* drain(server), { bytes: 0, end: "End" })
    }).pipe(node)
  )

  it.scopedLive("Node drops the addresses after a destroy: ours are read when the connection is made", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      const [local, remote] = [a.localAddress, a.remoteAddress]
      yield* a.abort
      yield* b.awaitEnd
      assert.strictEqual(a.localAddress, local)
      assert.strictEqual(a.remoteAddress, remote)
      assert.strictEqual(String(b.remoteAddress), String(local))
    }).pipe(node)
  )

  it.scopedLive("results are plain Uint8Arrays, not Node's Buffers", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      yield* a.sendText("plain")
      const bytes = Option.getOrThrow(yield* b.recv(100))
      assert.strictEqual(Object.getPrototypeOf(bytes), Uint8Array.prototype)
    }).pipe(node)
  )
})
