import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Client } from "effect-sockets"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as TestServer from "effect-sockets/TestServer"

it.live("is greeted", () =>
  Effect.gen(function* () {
    const { address } = yield* TestServer.TestServer
    assert.strictEqual(yield* Client.receiveOnce(address), "hello")
  }).pipe(Effect.provide(Layer.provideMerge(TestServer.layerGreeting("hello"), NodeNetwork.layer)))
)
