/** Worlds to look into: with hosts that have few descriptors, and with delays. */
import * as Effect from "effect/Effect"
import { ClockTimer } from "../../../src/internal/simulated/time/clockTimer.ts"
import { Timeline } from "../../../src/internal/simulated/time/timeline.ts"
import { driverOf } from "../../../src/internal/simulated/world/driver.ts"
import { type Options, worldSettings } from "../../../src/internal/simulated/world/options.ts"
import { World } from "../../../src/internal/simulated/world/world.ts"
import * as Network from "../../../src/Network.ts"

/** A world, and the network of a host in it that may have so many sockets. */
export const worldOf = (options: Options) =>
  Effect.gen(function* () {
    const pump = new ClockTimer(yield* Effect.clock, yield* Effect.runtime<never>())
    yield* Effect.addFinalizer(() => pump.stop)
    const world = new World(new Timeline(pump), worldSettings(options))
    const network = (name: string, descriptors?: number) =>
      Network.make(driverOf(world, world.host(name, undefined, descriptors)))
    return { world, network }
  })
