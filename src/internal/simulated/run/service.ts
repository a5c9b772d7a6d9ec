/**
 * The simulated world as users see it: its networks, its trace and its checks. Public as part of `SimulatedNetwork`.
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
 * A world of hosts. Hosts find each other by name.
 *
 * @since 0.1.0
 * @category models
 */
export interface World {
  readonly [internal.TypeId]: unknown
  /**
   * Returns the network of a host. Creates the host if it does not exist. If the host exists, `options` are ignored.
   * Names are compared regardless of case.
   */
  readonly network: (host: string, options?: HostOptions) => Network.Service
  /** Returns the events so far, in order. A very long trace keeps at least the latest 100,000 events. */
  readonly trace: Effect.Effect<ReadonlyArray<Event>>
  /** Streams the kept events so far, and then each new event. Ends when the world ends. */
  readonly events: Stream.Stream<Event>
  /** Returns the listeners and connections that exist now. */
  readonly netstat: Effect.Effect<ReadonlyArray<Connection>>
  /** Waits until the simulation is idle: nothing is left to do at the current time. */
  readonly awaitQuiescent: Effect.Effect<void>
  /** Fails if a socket is open, a segment is in flight, or an action of the network is scheduled for later. */
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

/** The name of the host on which a program runs, if the program does not name a host. */
export const only = "simulated"
