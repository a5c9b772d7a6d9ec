import { assert, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Network } from "../src/index.ts"
import * as SimulatedNetwork from "../src/SimulatedNetwork.ts"
import * as TestServer from "../src/TestServer.ts"

// A client that gives up on a silent server after a minute, and a test of it that takes no minute.
const client = Effect.gen(function* () {
  const { address } = yield* TestServer.TestServer
  const socket = yield* Network.connect(address)
  return yield* Effect.timeoutOption(socket.recv(1024), "1 minute")
})

it.live("gives up after a minute", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const answer = yield* Effect.provide(Effect.scoped(client), TestServer.layerEcho())
      assert.strictEqual(answer._tag, "None")
      assert.strictEqual(yield* Clock.currentTimeMillis, 60_000)
      assert.include(yield* SimulatedNetwork.trace, "0 #1 accept 127.0.0.1")
    })
  )
)
