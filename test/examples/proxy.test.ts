/** The proxy of `examples`, between a client and a server that do not see it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Fault from "effect-sockets/Fault"
import * as Network from "effect-sockets/Network"
import * as Server from "effect-sockets/Server"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import type * as Socket from "effect-sockets/Socket"
import * as SocketAddress from "effect-sockets/SocketAddress"
import * as TestServer from "effect-sockets/TestServer"
import * as proxy from "../../examples/proxy/proxy.ts"
import { textFrom } from "../proxied.ts"
import { onBoth, twice } from "./onBoth.ts"

const free = SocketAddress.unsafeInet("127.0.0.1", 0)

/** A client that the proxy connects to a target. */
const through = (target: Network.Target) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen(free)
    yield* Effect.forkScoped(proxy.serve(listener, target))
    return yield* Network.connect(listener.address)
  })

const toTestServer = Effect.flatMap(TestServer.TestServer, ({ address }) => through(address))

/** Takes all, to the end, and answers then. */
const afterTheEnd = (socket: Socket.Socket) =>
  Effect.flatMap(socket.recvAll(), bytes => socket.sendText(`${bytes.length} bytes`))

describe("the proxy", () => {
  onBoth(
    "an answer comes back after the client's end has gone through",
    Effect.gen(function* () {
      const listener = yield* Network.listen(free)
      yield* Effect.forkScoped(Server.serve(listener, afterTheEnd))
      const client = yield* through(listener.address)
      yield* client.sendAll(new Uint8Array(300_000))
      yield* client.shutdownSend
      assert.strictEqual(yield* textFrom(client), "300000 bytes, the end")
    })
  )

  onBoth(
    "a reset of the server is a reset for the client",
    Effect.gen(function* () {
      const client = yield* toTestServer
      yield* client.sendText("hello")
      assert.strictEqual(yield* textFrom(client), ", Reset")
    }).pipe(Effect.provide(TestServer.layerResetAfter(5)))
  )

  onBoth(
    "a client whose server is not there is reset",
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(Effect.map(Network.listen(free), listener => listener.address))
      assert.strictEqual(yield* textFrom(yield* through(gone)), ", Reset")
    })
  )

  it.live("a server that does not take anything holds the client back", () =>
    twice(
      Effect.gen(function* () {
        yield* Effect.asVoid(SimulatedNetwork.runOn("proxy", proxy.program("[::]:81", "server:80")))
        const serving = Effect.flatMap(Network.listen("[::]:80"), listener => Server.serve(listener, afterTheEnd))
        yield* Effect.asVoid(SimulatedNetwork.runOn("server", serving))
        const client = yield* Network.connect("proxy:81")
        yield* Effect.sleep("1 second")
        const sending = yield* Effect.fork(
          Effect.zipRight(client.sendAll(new Uint8Array(4_000_000)), client.shutdownSend)
        )
        yield* Effect.scoped(Effect.zipRight(Fault.hold("proxy", "server"), Effect.sleep("1 minute")))
        assert.strictEqual((yield* Fiber.poll(sending))._tag, "None")
        assert.strictEqual(yield* textFrom(client), "4000000 bytes, the end")
      })
    )
  )
})
