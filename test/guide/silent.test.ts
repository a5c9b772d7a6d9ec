import { assert, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Client } from "effect-sockets"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as TestServer from "effect-sockets/TestServer"

it.live("a client gives up on a silent server after a minute", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const { address } = yield* TestServer.TestServer
      const error = yield* Effect.flip(Client.receiveOnce(address, { timeout: "1 minute" }))
      assert.include(error.message, "timed out after 1m")
      assert.strictEqual(yield* Clock.currentTimeMillis, 60_000) // simulated: the test takes milliseconds
    }).pipe(Effect.provide(TestServer.layerSilent()))
  )
)
