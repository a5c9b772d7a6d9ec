/**
 * A network that is not there: hosts, addresses, names, ports, listeners, connections with windows, ends and resets,
 * all in memory and in the order in which they were asked for, so that a test of a network program is fast and the same
 * each time. What needs a `Network` runs on it unchanged, and gets the errors that it would get of a real one.
 *
 * A world is a value: providing the layer twice makes two, and a connection is refused where no listener *of this world*
 * has the address. Nothing is delayed unless `latency` says so; then things happen as the Clock goes, also a TestClock.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { driverOf } from "./internal/simulated/driver.ts"
import { type Connection, formatNetstat, netstatOf } from "./internal/simulated/netstat.ts"
import { Timeline } from "./internal/simulated/timeline.ts"
import { type Event, formatEvent } from "./internal/simulated/trace.ts"
import * as internal from "./internal/simulated/world.ts"
import * as Network from "./Network.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Connection
} from "./internal/simulated/netstat.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Event
} from "./internal/simulated/trace.ts"

/**
 * @since 0.1.0
 * @category options
 */
export interface Options {
  /** How long it takes from one host to another, one way: nothing by default. Within a host it takes none. */
  readonly latency?: Duration.DurationInput | undefined
  /** How many bytes may be on their way or unread, in each direction of a connection: 256 KiB by default. */
  readonly window?: number | undefined
}

/**
 * @since 0.1.0
 * @category options
 */
export interface HostOptions {
  /** IP literals, besides those of the loopback. By default one of each family: `10.0.0.1` and `fd00::1` for the first. */
  readonly addresses?: ReadonlyArray<string> | undefined
}

/**
 * A world of hosts that find each other by their names.
 *
 * @since 0.1.0
 * @category models
 */
export interface World {
  /** The network as a host has it. The host is there from the first time that it is asked for. */
  readonly network: (host: string, options?: HostOptions) => Network.Service
  /** What has happened so far, in order; of very much the latest 100,000 events. */
  readonly trace: Effect.Effect<ReadonlyArray<Event>>
  /** What listens and what is connected now. */
  readonly netstat: Effect.Effect<ReadonlyArray<Connection>>
}

/**
 * The world that a simulation runs in.
 *
 * @since 0.1.0
 * @category tags
 */
export class SimulatedNetwork extends Context.Tag("effect-sockets/SimulatedNetwork")<SimulatedNetwork, World>() {}

/**
 * A new world. After its Scope has closed nothing of it happens any more.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: Options): Effect.Effect<World, never, Scope.Scope> =>
  Effect.gen(function* () {
    const timeline = new Timeline(yield* Effect.clock, yield* Effect.runtime<never>())
    yield* Effect.addFinalizer(() => timeline.stop())
    const world = new internal.World(timeline, {
      latency: Duration.toMillis(options?.latency ?? 0),
      window: Math.max(1, options?.window ?? 256 * 1024) || 1
    })
    return {
      network: (host, options) => Network.make(driverOf(world, world.host(host, options?.addresses))),
      trace: Effect.sync(() => world.trace.all),
      netstat: Effect.sync(() => netstatOf(world))
    }
  })

/** The name of the host that a layer without one has. */
const only = "simulated"

/**
 * A world of its own, and the network of a host in it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options?: Options): Layer.Layer<Network.Network | SimulatedNetwork> =>
  Layer.provideMerge(layerHost(only), Layer.scoped(SimulatedNetwork, make(options)))

/**
 * The network of another host of the world that there is.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHost = (name: string, options?: HostOptions): Layer.Layer<Network.Network, never, SimulatedNetwork> =>
  Layer.effect(
    Network.Network,
    Effect.map(SimulatedNetwork, world => world.network(name, options))
  )

/**
 * A calm world of its own, without delays, and the network of its only host, `simulated`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Network.Network | SimulatedNetwork> = Layer.suspend(() => layerWith())

/**
 * What has happened so far, a line for each event.
 *
 * @since 0.1.0
 * @category accessors
 */
export const trace: Effect.Effect<string, never, SimulatedNetwork> = Effect.flatMap(SimulatedNetwork, world =>
  Effect.map(world.trace, events => events.map(formatEvent).join("\n"))
)

/**
 * What listens and what is connected now, as a table.
 *
 * @since 0.1.0
 * @category accessors
 */
export const netstat: Effect.Effect<string, never, SimulatedNetwork> = Effect.flatMap(SimulatedNetwork, world =>
  Effect.map(world.netstat, formatNetstat)
)
