/** The code of docs/guide/getting-started.md. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { Client, Network, SocketError } from "../../src/index.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as TestServer from "../../src/TestServer.ts"

// #region once
const greeting = (server: Network.Target) =>
  Client.receiveOnce(server, { timeout: "2 seconds" }).pipe(
    Effect.retry({ schedule: Schedule.exponential("50 millis"), while: SocketError.isRetryable, times: 5 })
  )
// #endregion

// #region scope
const both = Effect.scoped(
  Effect.gen(function* () {
    const [client, server] = yield* Network.pair // two connected sockets, both owned by this Scope
    yield* client.sendText("ping\n")
    return yield* server.recvLine()
  })
)
// #endregion

// #region test
it.live("receives the greeting", () =>
  Effect.gen(function* () {
    const { address } = yield* TestServer.TestServer
    assert.strictEqual(yield* greeting(address), "hello")
  }).pipe(Effect.provide(Layer.provideMerge(TestServer.layerGreeting("hello"), NodeNetwork.layer)))
)
// #endregion

it.live("a pair of sockets", () =>
  Effect.map(Effect.provide(both, NodeNetwork.layer), line => assert.deepStrictEqual(line, Option.some("ping")))
)
