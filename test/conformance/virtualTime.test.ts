/** The contract over the simulated network in virtual time, where waiting takes no real time. */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { chapters, run } from "../../src/internal/conformance/suite.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { simulated } from "./transports.ts"

describe("simulated, in virtual time", () => {
  for (const chapter of chapters) {
    describe(chapter.title, () => {
      for (const property of chapter.properties) {
        const here = Effect.flatMap(Network.Network, network =>
          run({ ...simulated, layer: Layer.succeed(Network.Network, network) }, property)
        )
        it.live(property.title, () => SimulatedNetwork.run(here), 90_000)
      }
    })
  }
})
