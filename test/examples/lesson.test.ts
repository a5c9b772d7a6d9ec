/** The example `lesson`: its client and its server. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Network from "effect-sockets/Network"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as SocketAddress from "effect-sockets/SocketAddress"
import * as TestServer from "effect-sockets/TestServer"
import * as client from "../../examples/lesson/client.ts"
import * as server from "../../examples/lesson/server.ts"
import { onBoth, twice } from "./onBoth.ts"

onBoth(
  "the client returns the greeting of the server, each time it connects",
  Effect.gen(function* () {
    const listener = yield* Network.listen(SocketAddress.unsafeInet("127.0.0.1", 0))
    yield* Effect.forkScoped(server.serve(listener))
    const said = yield* Effect.replicateEffect(client.program(listener.address), 3)
    assert.deepStrictEqual(said, Array(3).fill("Connection Established"))
  })
)

onBoth(
  "the client returns an empty text if the server closes without sending",
  Effect.gen(function* () {
    const { address } = yield* TestServer.TestServer
    assert.strictEqual(yield* client.program(address), "")
  }).pipe(Effect.provide(TestServer.layerGreeting("")))
)

it.live("without an address, both use port 808 of their machine", () =>
  twice(
    Effect.gen(function* () {
      yield* Effect.forkScoped(server.atHome)
      yield* SimulatedNetwork.awaitQuiescent
      assert.strictEqual(yield* client.atHome, "Connection Established")
    })
  )
)
