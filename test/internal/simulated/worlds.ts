/** Worlds whose insides a test can see. */
import * as Effect from "effect/Effect"
import { ClockTimer } from "../../../src/internal/simulated/time/clockTimer.ts"
import { Timeline } from "../../../src/internal/simulated/time/timeline.ts"
import { driverOf } from "../../../src/internal/simulated/world/driver.ts"
import { type Options, worldSettings } from "../../../src/internal/simulated/world/options.ts"
import { World } from "../../../src/internal/simulated/world/world.ts"
import * as Network from "../../../src/Network.ts"

/** Makes a world. `network` returns the network of a host in it, which may have so many descriptors. */
export const worldOf = (options: Options) =>
  Effect.gen(function* () {
    const pump = new ClockTimer(yield* Effect.clock, yield* Effect.runtime<never>())
    yield* Effect.addFinalizer(() => pump.stop)
    const world = new World(new Timeline(pump), worldSettings(options))
    const network = (name: string, descriptors?: number) =>
      Network.make(driverOf(world, world.host(name, undefined, descriptors)))
    return { world, network }
  })
