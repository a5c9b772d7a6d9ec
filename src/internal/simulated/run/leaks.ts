/**
 * Finds leaks in a world: open sockets, segments and scheduled actions. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { World } from "../world/index.ts"
import { netstatOf } from "../world/index.ts"
import { SimulationLeaked } from "./simulationError.ts"

export const assertNoLeaks = (world: World): Effect.Effect<void, SimulationLeaked> =>
  Effect.suspend(() => {
    const sockets = netstatOf(world)
    const segments = world.links.all.flatMap(link => [...link.flows].flatMap(flow => flow.segments))
    const { pending, time } = world.timeline
    return sockets.length + segments.length + pending === 0
      ? Effect.void
      : Effect.fail(new SimulationLeaked({ time, sockets, segments, pending }))
  })
