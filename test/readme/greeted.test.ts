import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Client, TestServer } from "effect-sockets"
import * as NodeNetwork from "effect-sockets/NodeNetwork"

it.live("is greeted", () =>
  Effect.gen(function* () {
    const { address } = yield* TestServer.TestServer
    assert.strictEqual(yield* Client.receiveOnce(address), "hello")
  }).pipe(Effect.provide(Layer.provideMerge(TestServer.layerGreeting("hello"), NodeNetwork.layer)))
)
