/**
 * A world as its users have it. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as Network from "../../../Network.ts"
import { type Event, eventsOf } from "../look/index.ts"
import * as internal from "../world/index.ts"
import { type Connection, driverOf, type HostOptions, netstatOf } from "../world/index.ts"
import { assertNoLeaks } from "./leaks.ts"
import type { SimulationLeaked } from "./simulationError.ts"

/**
 * A world of hosts that find each other by their names.
 *
 * @since 0.1.0
 * @category models
 */
export interface World {
  readonly [internal.TypeId]: unknown
  /**
   * The network as a host has it. The host is there, and is as `options` say, from the first time that it is asked for;
   * later `options` say nothing. Names are not told apart by case.
   */
  readonly network: (host: string, options?: HostOptions) => Network.Service
  /** What has happened so far, in order; of very much the latest 100,000 events. */
  readonly trace: Effect.Effect<ReadonlyArray<Event>>
  /** What has happened, as far as it is kept, and then what happens. Ends with the world. */
  readonly events: Stream.Stream<Event>
  /** What listens and what is connected now. */
  readonly netstat: Effect.Effect<ReadonlyArray<Connection>>
  /** Waits until nobody has anything to do. */
  readonly awaitQuiescent: Effect.Effect<void>
  /** Fails if something is open, on its way, or to happen later. */
  readonly assertNoLeaks: Effect.Effect<void, SimulationLeaked>
}

/**
 * The world that a simulation runs in.
 *
 * @since 0.1.0
 * @category tags
 */
export class SimulatedNetwork extends Context.Tag("effect-sockets/SimulatedNetwork")<SimulatedNetwork, World>() {}

export const worldOf = (world: internal.World): World => ({
  [internal.TypeId]: world,
  network: (host, options) => Network.make(driverOf(world, world.host(host, options?.addresses, options?.descriptors))),
  trace: Effect.sync(() => world.trace.all),
  events: eventsOf(world.trace),
  netstat: Effect.sync(() => netstatOf(world)),
  awaitQuiescent: Effect.async<void>(resume => Effect.sync(world.timeline.whenQuiet(() => resume(Effect.void)))),
  assertNoLeaks: assertNoLeaks(world)
})

/** The name of the host that a program has unless it says which. */
export const only = "simulated"
