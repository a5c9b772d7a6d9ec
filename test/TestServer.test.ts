import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Client from "../src/Client.ts"
import * as Network from "../src/Network.ts"
import * as SocketAddress from "../src/SocketAddress.ts"
import * as TestServer from "../src/TestServer.ts"
import { onEach } from "./networks.ts"

onEach(test => {
  describe("layerGreeting", () => {
    test("greets every client and closes, also for many clients at the same time", () =>
      Effect.gen(function* () {
        const { address } = yield* TestServer.TestServer
        const messages = yield* Effect.forEach(new Array(100).fill(address), one => Client.receiveMessage(one), {
          concurrency: 10
        })
        assert.deepStrictEqual(new Set(messages.map(message => message.text)), new Set(["hello"]))
      }).pipe(Effect.provide(TestServer.layerGreeting("hello"))))

    test("listens at the given address or text, and no longer listens when its Scope has closed", () =>
      Effect.gen(function* () {
        const free = yield* Effect.scoped(Effect.map(Network.listen("127.0.0.1:0"), listener => listener.address))
        for (const address of [free, SocketAddress.format(free)]) {
          const inside = yield* Effect.provide(
            Effect.map(TestServer.TestServer, server => server.address),
            TestServer.layerGreeting("x", { address })
          )
          assert.deepStrictEqual(inside, free)
        }
        const wrong = yield* Effect.flip(Effect.scoped(Layer.build(TestServer.layerEcho({ address: "127.0.0.1" }))))
        assert.deepInclude(wrong, { _tag: "AddressError", reason: "InvalidFormat" })
        const error = yield* Effect.flip(Client.receiveOnce(free))
        assert.deepInclude(error, { _tag: "ConnectError", reason: "Refused" })
      }))

    test("continues after clients that reset", () =>
      Effect.gen(function* () {
        const { address } = yield* TestServer.TestServer
        yield* Effect.forEach(new Array(50).fill(0), () =>
          Network.withConnection(address as SocketAddress.Inet, socket => socket.abort)
        )
        assert.strictEqual(yield* Client.receiveOnce(address), "x".repeat(20_000).slice(0, 1024))
      }).pipe(Effect.provide(TestServer.layerGreeting("x".repeat(20_000)))))
  })

  describe("layerEcho", () => {
    test("sends back what it receives, and ends when the client has ended", () =>
      Effect.gen(function* () {
        const { address } = yield* TestServer.TestServer
        const echoed = yield* Network.withConnection(address, socket =>
          Effect.gen(function* () {
            const sending = yield* Effect.fork(
              Effect.zipRight(
                Effect.forEach(new Array(100).fill(0), (_, i) => socket.sendAll(new Uint8Array(10_000).fill(i))),
                socket.shutdownSend
              )
            )
            let sum = 0
            let bytes = 0
            for (let next = yield* socket.recv(65536); Option.isSome(next); next = yield* socket.recv(65536)) {
              bytes += next.value.length
              sum += next.value.reduce((a, b) => a + b, 0)
            }
            yield* sending.await
            return { bytes, sum }
          })
        )
        assert.deepStrictEqual(echoed, { bytes: 1_000_000, sum: 10_000 * 4950 })
      }).pipe(Effect.provide(TestServer.layerEcho())))
  })
})
