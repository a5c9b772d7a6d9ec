/** The example `proxy`, between a client and a server. */
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

/** Starts a proxy to `target`, and connects a client to it. */
const through = (target: Network.Target) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen(free)
    yield* Effect.forkScoped(proxy.serve(listener, target))
    return yield* Network.connect(listener.address)
  })

const toTestServer = Effect.flatMap(TestServer.TestServer, ({ address }) => through(address))

/** Receives everything up to the end, then answers. */
const afterTheEnd = (socket: Socket.Socket) =>
  Effect.flatMap(socket.recvAll(), bytes => socket.sendText(`${bytes.length} bytes`))

describe("the proxy", () => {
  onBoth(
    "forwards the answer that follows the end of the client",
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
    "resets the client if the server resets",
    Effect.gen(function* () {
      const client = yield* toTestServer
      yield* client.sendText("hello")
      assert.strictEqual(yield* textFrom(client), ", Reset")
    }).pipe(Effect.provide(TestServer.layerResetAfter(5)))
  )

  onBoth(
    "resets the client if the server cannot be reached",
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(Effect.map(Network.listen(free), listener => listener.address))
      assert.strictEqual(yield* textFrom(yield* through(gone)), ", Reset")
    })
  )

  it.live("holds the client back while the server receives nothing", () =>
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
