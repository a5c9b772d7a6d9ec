import { assert, describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import * as TestServer from "../../src/TestServer.ts"
import { onEach } from "../networks.ts"
import { seeAll, server, textOf, visit } from "./client.ts"

onEach(test => {
  describe("layerGreeting", () => {
    test("records that it closed", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        assert.deepStrictEqual(yield* visit(seeAll), { text: "hello", end: "End" })
        const connection = yield* awaitEnd(0)
        assert.deepInclude(connection, { bytesReceived: 0, end: "Closed", firstByteAt: undefined })
        assert.isNumber(connection.endedAt)
      }).pipe(Effect.provide(TestServer.layerGreeting("hello"))))

    test("records bytes that had arrived when it closed", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        const seen = yield* visit(socket => Effect.zipRight(socket.sendText("hi"), seeAll(socket)))
        assert.deepStrictEqual([seen.text.length, seen.end], [20_000_000, "End"])
        assert.strictEqual(textOf((yield* awaitEnd(0)).received), "hi")
      }).pipe(Effect.provide(TestServer.layerGreeting("x".repeat(20_000_000)))))
  })

  describe("layerEcho", () => {
    test("records what it received, the address of the client, and that the client ended", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        const local = yield* visit(socket =>
          Effect.as(
            Effect.zipRight(socket.sendText("hello"), Effect.zipRight(socket.shutdownSend, seeAll(socket))),
            socket.localAddress
          )
        )
        const connection = yield* awaitEnd(0)
        assert.deepInclude(connection, { bytesReceived: 5, end: "End" })
        assert.strictEqual(textOf(connection.received), "hello")
        assert.deepStrictEqual(connection.remoteAddress, local)
      }).pipe(Effect.provide(TestServer.layerEcho())))

    test("records the first 64 KiB of 3 MB, counts all bytes, and echoes all of them", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        const bulk = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251)
        const seen = yield* visit(socket =>
          Effect.map(
            Effect.all([Effect.zipRight(socket.sendAll(bulk), socket.shutdownSend), seeAll(socket)], {
              concurrency: "unbounded"
            }),
            ([, seen]) => seen
          )
        )
        assert.strictEqual(seen.text.length, bulk.length)
        const { bytesReceived, received } = yield* awaitEnd(0)
        assert.strictEqual(bytesReceived, bulk.length)
        assert.strictEqual(received.length, 65536)
        assert.deepStrictEqual(received, bulk.slice(0, 65536))
      }).pipe(Effect.provide(TestServer.layerEcho())))
  })

  describe("layerSilent", () => {
    test("receives everything and sends nothing, not even an end after the client's end", () =>
      Effect.gen(function* () {
        const { awaitBytes, awaitEnd } = yield* server
        yield* visit(socket =>
          Effect.gen(function* () {
            const waiting = yield* Effect.fork(socket.recv(1))
            yield* socket.sendText("anybody?")
            assert.strictEqual(textOf((yield* awaitBytes(0, 8)).received), "anybody?")
            yield* socket.shutdownSend
            assert.strictEqual((yield* awaitEnd(0)).end, "End")
            assert.isTrue(Option.isNone(yield* waiting.poll))
          })
        )
      }).pipe(Effect.provide(TestServer.layerSilent())))

    test("records the client's reset", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        yield* visit(socket => Effect.zipRight(socket.sendText("x"), socket.abort))
        const connection = yield* awaitEnd(0)
        assert.strictEqual(connection.end, "Reset")
      }).pipe(Effect.provide(TestServer.layerSilent())))
  })

  describe("layerNeverAccept", () => {
    test("lets a client connect and send, resets it when the server stops, and records nothing", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const context = yield* Layer.buildWithScope(TestServer.layerNeverAccept(), scope)
        const { address, connections } = Context.get(context, TestServer.TestServer)
        const socket = yield* Network.connect(address)
        yield* socket.sendText("anybody?")
        const seeing = yield* Effect.fork(seeAll(socket))
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* seeing, { text: "", end: "Reset" })
        assert.deepStrictEqual(yield* connections, [])
      }))

    test("resets clients beyond acceptQueue", () =>
      Effect.gen(function* () {
        const { address } = yield* server
        yield* Network.connect(address)
        const second = yield* Effect.either(Effect.flatMap(Network.connect(address), socket => socket.recv(1)))
        assert.strictEqual(second._tag === "Left" && second.left.reason, "Reset")
      }).pipe(Effect.provide(TestServer.layerNeverAccept({ acceptQueue: 1 }))))
  })

  describe("layerDribble", () => {
    test("sends a message in pieces, receives what the client sends meanwhile, and closes", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        const seen = yield* visit(socket => Effect.zipRight(socket.sendText("question"), seeAll(socket)))
        assert.deepStrictEqual(seen, { text: "an answer", end: "End" })
        const { end, received } = yield* awaitEnd(0)
        assert.deepStrictEqual([textOf(received), end], ["question", "Closed"])
      }).pipe(Effect.provide(TestServer.layerDribble("an answer", { every: "1 millis" }))))

    test("stops when the client resets, even in the middle of a long pause", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        const first = yield* visit(socket => Effect.zipLeft(socket.recv(10), socket.abort))
        assert.deepStrictEqual(Option.map(first, textOf), Option.some("a"))
        assert.strictEqual((yield* awaitEnd(0)).end, "Reset")
      }).pipe(Effect.provide(TestServer.layerDribble("an answer", { every: "1 days" }))))
  })

  describe("layerGarbage", () => {
    const garbage = (seed: number) =>
      Effect.provide(Effect.all([visit(seeAll), visit(seeAll)]), TestServer.layerGarbage(seed))

    test("sends the same 64 KiB to every client, other bytes for another seed, and closes", () =>
      Effect.gen(function* () {
        const [[first, second], [other]] = yield* Effect.all([garbage(1), garbage(2)])
        assert.deepStrictEqual([first.text.length, first.end], [65536, "End"])
        assert.strictEqual(first.text, second.text)
        assert.notStrictEqual(first.text, other.text)
        assert.strictEqual(new Set(first.text).size, 256)
      }))
  })

  describe("layerFlood", () => {
    test("sends without end until the client disconnects, and receives what the client sends", () =>
      Effect.gen(function* () {
        const { awaitBytes, awaitEnd } = yield* server
        yield* visit(socket =>
          Effect.gen(function* () {
            yield* socket.sendText("stop")
            for (let bytes = 0; bytes < 5_000_000; ) {
              const received = yield* Effect.flatten(socket.recv(65536))
              assert.isTrue(received.every(byte => byte === 0x78))
              bytes += received.length
            }
            assert.strictEqual(textOf((yield* awaitBytes(0, 4)).received), "stop")
            yield* socket.abort
          })
        )
        assert.strictEqual((yield* awaitEnd(0)).end, "Reset")
      }).pipe(Effect.provide(TestServer.layerFlood())))
  })

  describe("layerCloseAtOnce", () => {
    test("ends every connection at once", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        assert.deepStrictEqual(yield* visit(seeAll), { text: "", end: "End" })
        assert.strictEqual((yield* awaitEnd(0)).end, "Closed")
      }).pipe(Effect.provide(TestServer.layerCloseAtOnce())))
  })

  describe("layerReset", () => {
    test("resets every connection at once, even before connect has returned", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        const end = yield* visit(seeAll).pipe(
          Effect.map(seen => seen.end),
          Effect.catchAll(error => Effect.succeed(error.reason))
        )
        assert.strictEqual(end, "Reset")
        assert.strictEqual((yield* awaitEnd(0)).end, "Aborted")
      }).pipe(Effect.provide(TestServer.layerReset())))
  })

  describe("layerResetAfter", () => {
    test("resets after the given number of bytes, and records them", () =>
      Effect.gen(function* () {
        const { awaitBytes, awaitEnd } = yield* server
        const seen = yield* visit(socket =>
          Effect.gen(function* () {
            yield* socket.sendText("1234")
            assert.strictEqual((yield* awaitBytes(0, 4)).end, "Open")
            yield* socket.sendText("5")
            return yield* seeAll(socket)
          })
        )
        assert.deepStrictEqual(seen, { text: "", end: "Reset" })
        const { end, received } = yield* awaitEnd(0)
        assert.deepStrictEqual([textOf(received), end], ["12345", "Aborted"])
      }).pipe(Effect.provide(TestServer.layerResetAfter(5))))

    test("closes if the client ends before that", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        const seen = yield* visit(socket => Effect.zipRight(socket.shutdownSend, seeAll(socket)))
        assert.deepStrictEqual(seen, { text: "", end: "End" })
        assert.strictEqual((yield* awaitEnd(0)).end, "End")
      }).pipe(Effect.provide(TestServer.layerResetAfter(5))))
  })

  describe("layerResetMidFrame", () => {
    test("sends the beginning of a message, and then resets", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        assert.deepStrictEqual(yield* visit(seeAll), { text: "Content-", end: "Reset" })
        assert.strictEqual((yield* awaitEnd(0)).end, "Aborted")
      }).pipe(Effect.provide(TestServer.layerResetMidFrame("Content-Length: 5\r\n\r\nhello", 8))))
  })

  describe("layerHalfClose", () => {
    test("ends, and receives what the client sends until the client ends too", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        yield* visit(socket =>
          Effect.gen(function* () {
            assert.deepStrictEqual(yield* seeAll(socket), { text: "", end: "End" })
            yield* socket.sendText("still here")
            yield* socket.shutdownSend
          })
        )
        const { end, received } = yield* awaitEnd(0)
        assert.deepStrictEqual([textOf(received), end], ["still here", "End"])
      }).pipe(Effect.provide(TestServer.layerHalfClose())))
  })

  describe("layerSlowReader", () => {
    test("receives a few bytes at a time until the end", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        yield* visit(socket => socket.sendText("abcdefghij"))
        const { end, received } = yield* awaitEnd(0)
        assert.deepStrictEqual([textOf(received), end], ["abcdefghij", "End"])
      }).pipe(Effect.provide(TestServer.layerSlowReader(3, { every: "1 millis" }))))
  })

  describe("a record", () => {
    test("exists for each connection, in the order in which they were accepted", () =>
      Effect.gen(function* () {
        const { awaitEnd, connections } = yield* server
        for (let i = 0; i < 5; i++) {
          yield* visit(socket => socket.sendText(`client ${i}`))
          yield* awaitEnd(i)
        }
        const texts = (yield* connections).map(connection => textOf(connection.received))
        assert.deepStrictEqual(
          texts,
          [0, 1, 2, 3, 4].map(i => `client ${i}`)
        )
      }).pipe(Effect.provide(TestServer.layerEcho())))

    test("is a copy: later bytes do not change it", () =>
      Effect.gen(function* () {
        const { awaitBytes, connections } = yield* server
        yield* visit(socket =>
          Effect.gen(function* () {
            yield* socket.sendText("abc")
            const before = yield* awaitBytes(0, 3)
            before.received.fill(0)
            yield* socket.sendText("def")
            assert.strictEqual(textOf((yield* awaitBytes(0, 6)).received), "abcdef")
            assert.deepInclude(before, { bytesReceived: 3, end: "Open", endedAt: undefined })
            assert.strictEqual((yield* connections).length, 1)
          })
        )
      }).pipe(Effect.provide(TestServer.layerEcho())))

    test("is returned when the connection ends, if fewer bytes than requested arrive", () =>
      Effect.gen(function* () {
        const { awaitBytes } = yield* server
        yield* visit(socket => socket.sendText("abc"))
        assert.deepInclude(yield* awaitBytes(0, 4), { bytesReceived: 3, end: "End" })
      }).pipe(Effect.provide(TestServer.layerEcho())))

    test("has all bytes, also if they arrive one by one", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        const bytes = Uint8Array.from({ length: 2000 }, (_, i) => i)
        yield* visit(socket => Effect.forEach(bytes, byte => socket.sendAll(Uint8Array.of(byte)), { discard: true }))
        assert.deepStrictEqual((yield* awaitEnd(0)).received, bytes)
      }).pipe(Effect.provide(TestServer.layerSlowReader(1, { every: 0 }))))
  })
})
