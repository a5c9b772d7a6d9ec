import { assert, describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Tracer from "effect/Tracer"
import * as Client from "../src/Client.ts"
import * as Network from "../src/Network.ts"
import type * as Socket from "../src/Socket.ts"
import * as SocketError from "../src/SocketError.ts"
import * as TestServer from "../src/TestServer.ts"
import { onEach } from "./networks.ts"

const greeting = Effect.provide(TestServer.layerGreeting("Connection Established"))

/** Starts a server that accepts one client. Returns its address. */
const serving = <E>(conversation: (socket: Socket.Socket) => Effect.Effect<unknown, E>) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen("127.0.0.1:0")
    yield* Effect.forkScoped(Effect.scoped(Effect.flatMap(listener.accept, conversation)))
    return listener.address
  })

onEach(test => {
  describe("receiveOnce", () => {
    test("connects, receives once, closes and decodes", () =>
      Effect.gen(function* () {
        const { address } = yield* TestServer.TestServer
        assert.strictEqual(yield* Client.receiveOnce(address), "Connection Established")
      }).pipe(greeting))

    test("does the same as hostname, connect, recv and close line by line", () =>
      Effect.gen(function* () {
        const { address } = yield* TestServer.TestServer
        assert.isAbove((yield* Network.hostname).length, 0)
        const message = yield* Effect.scoped(
          Effect.gen(function* () {
            const soc = yield* Network.connect(address)
            const msg = yield* soc.recvText(1024, "ascii")
            yield* soc.close
            return msg
          })
        )
        assert.deepStrictEqual(message._tag === "Some" && message.value, "Connection Established")
      }).pipe(greeting))

    test("receives once from a socket that is connected, which stays open", () =>
      Effect.gen(function* () {
        const [socket, peer] = yield* Network.pair
        yield* peer.sendText("hello")
        assert.strictEqual(yield* Client.receiveOnceFrom(socket), "hello")
        yield* socket.sendText("thanks")
        assert.strictEqual(yield* Client.receiveOnceFrom(peer, { bufsize: 3 }), "tha")
        const silence = yield* Effect.flip(Client.receiveOnceFrom(socket, { timeout: "20 millis" }))
        assert.deepInclude(silence, { _tag: "RecvError", reason: "TimedOut" })
      }))

    test("receives a message from a socket that is connected", () =>
      Effect.gen(function* () {
        const [socket, peer] = yield* Network.pair
        yield* Effect.zipRight(peer.sendText("hello"), peer.shutdownSend)
        const message = yield* Client.receiveMessageFrom(socket)
        assert.deepStrictEqual(message, { text: "hello", bytes: 5, end: "End" })
      }))

    test("receives at most bufsize bytes, and does not wait for the rest", () =>
      Effect.gen(function* () {
        const { address } = yield* TestServer.TestServer
        assert.strictEqual(yield* Client.receiveOnce(address, { bufsize: 10 }), "Connection")
      }).pipe(greeting))

    test("returns the empty text if the peer ends without sending a byte", () =>
      Effect.gen(function* () {
        const address = yield* serving(socket => socket.close)
        assert.strictEqual(yield* Client.receiveOnce(address), "")
      }))

    test("a byte that is not ASCII fails with the message and position that Python reports", () =>
      Effect.gen(function* () {
        const address = yield* serving(socket => socket.sendText("café"))
        const error = yield* Effect.flip(Client.receiveOnce(address))
        assert.strictEqual(
          error.message,
          "'ascii' codec can't decode byte 0xc3 in position 3: ordinal not in range(128)"
        )
      }))

    test("a silent peer fails with TimedOut by the option timeout", () =>
      Effect.gen(function* () {
        const address = yield* serving(socket => socket.awaitEnd)
        const error = yield* Effect.flip(Client.receiveOnce(address, { timeout: "50 millis" }))
        assert.deepInclude(error, { _tag: "RecvError", reason: "TimedOut", by: "timeout" })
        assert.strictEqual(error.message, `recv ${address}: timed out after 50ms`)
      }))
  })

  describe("receiveMessage", () => {
    test("receives until the end of the stream; a character that arrives in two pieces is whole", () =>
      Effect.gen(function* () {
        const bytes = new TextEncoder().encode("naïve — 😀 — ende")
        const address = yield* serving(socket =>
          Effect.forEach(bytes, byte => Effect.zipRight(socket.sendAll(Uint8Array.of(byte)), Effect.sleep(0)))
        )
        const pieces: Array<string> = []
        const message = yield* Client.receiveMessage(address, {
          bufsize: 1,
          onText: text => Effect.sync(() => void pieces.push(text))
        })
        assert.deepStrictEqual(message, { text: "", bytes: bytes.length, end: "End" })
        assert.deepStrictEqual(pieces, [..."naïve — 😀 — ende"])
      }))

    test("after more than maxBytes bytes the message ends with the last whole character that fits", () =>
      Effect.gen(function* () {
        const address = yield* serving(socket => socket.sendText("aé€"))
        for (const [maxBytes, text] of [
          [5, "aé"],
          [3, "aé"],
          [2, "a"],
          [1, "a"]
        ] as const) {
          const from = maxBytes === 5 ? address : yield* serving(socket => socket.sendText("aé€"))
          const message = yield* Client.receiveMessage(from, { maxBytes })
          assert.deepInclude(message, { text, end: "MaxBytes" })
        }
      }))

    test("exactly maxBytes bytes and then the end is End, not MaxBytes", () =>
      Effect.gen(function* () {
        const address = yield* serving(socket => socket.sendText("aé€"))
        const message = yield* Client.receiveMessage(address, { maxBytes: 6 })
        assert.deepStrictEqual(message, { text: "aé€", bytes: 6, end: "End" })
      }))

    test("a peer that stops sending ends the message with Idle after idleTimeout", () =>
      Effect.gen(function* () {
        const address = yield* serving(socket => Effect.zipRight(socket.sendText("so far"), socket.awaitEnd))
        const message = yield* Client.receiveMessage(address, { idleTimeout: "50 millis" })
        assert.deepStrictEqual(message, { text: "so far", bytes: 6, end: "Idle" })
      }))

    test("an incomplete character before the idle timeout fails, or is replaced with onInvalid: replace", () =>
      Effect.gen(function* () {
        const half = serving(socket => Effect.zipRight(socket.sendAll(Uint8Array.of(0x61, 0xc3)), socket.awaitEnd))
        const error = yield* Effect.flip(Client.receiveMessage(yield* half, { idleTimeout: "50 millis" }))
        assert.deepInclude(error, { _tag: "DecodeError", reason: "unexpected end of data", streamOffset: 1 })
        const message = yield* Client.receiveMessage(yield* half, { idleTimeout: "50 millis", onInvalid: "replace" })
        assert.deepStrictEqual(message, { text: "a\ufffd", bytes: 2, end: "Idle" })
      }))

    test("with maxBytes 0 nothing is received, and an invalid bufsize fails at once", () =>
      Effect.gen(function* () {
        const address = yield* serving(socket => socket.sendText("x"))
        assert.deepInclude(yield* Client.receiveMessage(address, { maxBytes: 0 }), {
          bytes: 0,
          end: "MaxBytes"
        })
        const silent = yield* serving(socket => socket.awaitEnd)
        const error = yield* Effect.flip(Client.receiveOnce(silent, { bufsize: 0 }))
        assert.deepInclude(error, { _tag: "RecvError", reason: "InvalidBufsize" })
      }))

    test("a reset in the middle fails with Reset, after the text before it has been passed to onText", () =>
      Effect.gen(function* () {
        const seen = yield* Deferred.make<void>()
        const address = yield* serving(socket =>
          Effect.zipRight(socket.sendText("before"), Effect.zipRight(Deferred.await(seen), socket.abort))
        )
        const pieces: Array<string> = []
        const onText = (text: string) =>
          Effect.zipRight(
            Effect.sync(() => pieces.push(text)),
            Deferred.succeed(seen, undefined)
          )
        const error = yield* Effect.flip(Client.receiveMessage(address, { onText }))
        assert.deepInclude(error, { _tag: "RecvError", reason: "Reset" })
        assert.strictEqual(pieces.join(""), "before")
      }))

    test("an invalid bufsize fails with InvalidBufsize", () =>
      Effect.gen(function* () {
        const address = yield* serving(socket => socket.sendText("x"))
        const error = yield* Effect.flip(Client.receiveMessage(address, { bufsize: 0 }))
        assert.deepInclude(error, { _tag: "RecvError", reason: "InvalidBufsize" })
      }))
  })

  describe("in a larger program", () => {
    test("Effect.retry with isRetryable repeats a client until its server listens", () =>
      Effect.gen(function* () {
        const free = yield* Effect.scoped(Effect.map(Network.listen("127.0.0.1:0"), listener => listener.address))
        let tries = 0
        const twice = yield* Deferred.make<void>()
        const client = yield* Effect.fork(
          Client.receiveOnce(free).pipe(
            Effect.tapError(() => (++tries === 2 ? Deferred.succeed(twice, undefined) : Effect.void)),
            Effect.retry({ schedule: Schedule.spaced("5 millis"), while: SocketError.isRetryable })
          )
        )
        yield* Deferred.await(twice)
        yield* Layer.build(TestServer.layerGreeting("at last", { address: free }))
        assert.strictEqual(yield* Fiber.join(client), "at last")
      }))

    test("clients run in parallel against twenty servers", () =>
      Effect.gen(function* () {
        const servers = yield* Effect.forEach(Array.from({ length: 20 }).keys(), i =>
          Effect.map(
            Layer.build(Layer.fresh(TestServer.layerGreeting(`server ${i}`))),
            context => [i, Context.get(context, TestServer.TestServer).address] as const
          )
        )
        const messages = yield* Effect.forEach(servers, ([, address]) => Client.receiveOnce(address), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          messages,
          servers.map(([i]) => `server ${i}`)
        )
      }))

    test("if a client is interrupted, its peer sees a reset", () =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const client = yield* Effect.fork(Client.receiveMessage(listener.address))
        const socket = yield* listener.accept
        yield* socket.sendText("half a")
        yield* Fiber.interrupt(client)
        const error = yield* Effect.flip(socket.recv(1))
        assert.strictEqual(error.reason, "Reset")
      }))
  })

  test("connecting makes a span", () =>
    Effect.gen(function* () {
      const { address } = yield* TestServer.TestServer
      const spans: Array<string> = []
      const tracer = Tracer.make({
        context: run => run(),
        span: (name, ...rest) => {
          const span = native.span(name, ...rest)
          spans.push(name)
          return span
        }
      })
      const native = yield* Effect.tracer
      yield* Effect.withTracer(Client.receiveOnce(address), tracer)
      assert.deepStrictEqual(spans, ["Network.connect"])
    }).pipe(greeting))
})
