import * as Effect from "effect/Effect"
import { Network } from "effect-sockets"
import * as Fault from "effect-sockets/Fault"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"

const cutOff = Effect.gen(function* () {
  yield* SimulatedNetwork.runOn("server", Effect.never)
  yield* Fault.partition("simulated", "server")
  return yield* Network.connect("server:8080", { timeout: "5 seconds" })
})

// Fails with "connect server:8080: timed out after 5s; tried [fd00::2]:8080, 10.0.0.2:8080", and takes no real time.
export const program = SimulatedNetwork.run(cutOff)
