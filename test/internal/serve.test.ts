import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serve } from "../../src/internal/serve.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"

it.live("a handler that throws before it is an effect costs its own connection, and no other", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:80")
      let handled = 0
      yield* Effect.forkScoped(
        serve(listener, socket => {
          handled += 1
          if (handled === 1) throw new Error("on purpose")
          return socket.sendAll(Uint8Array.of(1, 2, 3, 4, 5))
        })
      )
      const first = yield* Network.connect(listener.address)
      assert.strictEqual((yield* Effect.flip(first.recv(1))).reason, "Reset")
      const second = yield* Network.connect(listener.address)
      assert.strictEqual((yield* second.recvExactly(5)).length, 5)
    }),
    { strict: true }
  )
)
