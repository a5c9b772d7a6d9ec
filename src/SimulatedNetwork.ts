/**
 * A network that is not there: hosts, addresses, names, ports, listeners, connections with windows, ends and resets,
 * all in memory and in the order in which they were asked for, so that a test of a network program is fast and the same
 * each time. What needs a `Network` runs on it unchanged, and gets the errors that it would get of a real one.
 *
 * A world is a value: providing the layer twice makes two, and a connection is refused where no listener *of this world*
 * has the address. Nothing is delayed, lost or broken unless a `profile`, `latency` or a `Fault` says so; then things happen
 * as the Clock goes, also a TestClock.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Event, formatDiagram, formatEvent } from "./internal/simulated/look/index.ts"
import { only, SimulatedNetwork, type SimulationLeaked, type World, worldOf } from "./internal/simulated/run/index.ts"
import { ClockTimer, Timeline } from "./internal/simulated/time/index.ts"
import * as internal from "./internal/simulated/world/index.ts"
import {
  driverOf,
  formatNetstat,
  type HostOptions,
  type Options,
  runOn as programRunOn,
  type Running,
  worldSettings
} from "./internal/simulated/world/index.ts"
import * as Network from "./Network.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Profile
} from "./internal/simulated/link/index.ts"
export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Event
} from "./internal/simulated/look/index.ts"
export {
  /**
   * @since 0.1.0
   * @category formatting
   */
  formatDiagram
} from "./internal/simulated/look/index.ts"
export {
  /**
   * @since 0.1.0
   * @category running
   */
  checkDeterminism,
  /**
   * @since 0.1.0
   * @category running
   */
  run,
  /**
   * @since 0.1.0
   * @category tags
   */
  SimulatedNetwork,
  /**
   * @since 0.1.0
   * @category errors
   */
  SimulationDeadlock,
  /**
   * @since 0.1.0
   * @category errors
   */
  SimulationDiverged,
  /**
   * @since 0.1.0
   * @category errors
   */
  SimulationLeaked,
  /**
   * @since 0.1.0
   * @category errors
   */
  SimulationSeedsFailed,
  /**
   * @since 0.1.0
   * @category running
   */
  seeds,
  /**
   * @since 0.1.0
   * @category models
   */
  type World
} from "./internal/simulated/run/index.ts"
export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Connection,
  /**
   * @since 0.1.0
   * @category options
   */
  HostOptions,
  /**
   * @since 0.1.0
   * @category options
   */
  Options,
  /**
   * @since 0.1.0
   * @category models
   */
  Running,
  /**
   * @since 0.1.0
   * @category options
   */
  RunOptions
} from "./internal/simulated/world/index.ts"

/**
 * A new world, in which time goes by as on the Clock that there is, be it a TestClock. After its Scope has closed nothing
 * of it happens any more.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: Options): Effect.Effect<World, never, Scope.Scope> =>
  Effect.gen(function* () {
    const pump = new ClockTimer(yield* Effect.clock, yield* Effect.runtime<never>())
    const world = new internal.World(new Timeline(pump), worldSettings(options ?? {}))
    yield* Effect.addFinalizer(() =>
      Effect.zipRight(
        pump.stop,
        Effect.sync(() => world.trace.end())
      )
    )
    return worldOf(world)
  })

/**
 * A world of its own, and the network of a host in it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options?: Options): Layer.Layer<Network.Network | SimulatedNetwork> =>
  Layer.provideMerge(layerHost(only), Layer.scoped(SimulatedNetwork, make(options)))

/**
 * The network of another host of the world that there is; `options` count the first time that the host is asked for.
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
 * Runs a program on a host, which need not have been asked for before: with its network, and in a Scope of its own. When
 * the host crashes it is interrupted, and when the host comes back it is started anew: what is to survive that, as on a
 * disk, is made outside of it. It ends with the Scope at the latest.
 *
 * @since 0.1.0
 * @category running
 */
export const runOn = <A, E, R>(
  host: string,
  program: Effect.Effect<A, E, R>
): Effect.Effect<
  Running<A, E>,
  never,
  SimulatedNetwork | Scope.Scope | Exclude<Exclude<R, Network.Network>, Scope.Scope>
> =>
  Effect.flatMap(SimulatedNetwork, outer => {
    const world = internal.insideOf(outer)
    // Now, and not when the program starts: whoever looks it up next finds it.
    world.host(host)
    const network = Effect.sync(() => {
      const here = world.host(host)
      return Network.make(driverOf(world, here, here.crashes))
    })
    return programRunOn(world, host, Effect.scoped(Effect.provideServiceEffect(program, Network.Network, network)))
  })

/**
 * Waits until nobody has anything to do, and nothing is to happen at this time any more: what is on its way, and takes
 * time, is not waited for, and a sleep is not ended.
 *
 * In `run` that is when every fiber waits, just before time would go on. Elsewhere nobody knows what all fibers do: there
 * it is when nothing has happened on the network for 32 turns of the scheduler.
 *
 * @since 0.1.0
 * @category looking
 */
export const awaitQuiescent: Effect.Effect<void, never, SimulatedNetwork> = Effect.flatMap(
  SimulatedNetwork,
  world => world.awaitQuiescent
)

/**
 * Fails with `SimulationLeaked`, which shows it, if in the world a socket is open, or a listener, if anything is on its way,
 * or if anything of the network is to happen later. It looks and does not wait: after `awaitQuiescent` it knows that
 * nobody is about to close anything, and where there are latencies an end takes one of them to arrive. Timers of the
 * program itself are its own.
 *
 * @since 0.1.0
 * @category looking
 */
export const assertNoLeaks: Effect.Effect<void, SimulationLeaked, SimulatedNetwork> = Effect.flatMap(
  SimulatedNetwork,
  world => world.assertNoLeaks
)

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
 * What has happened, as far as it is kept, and then what happens, when it does. Ends when the world's Scope closes, or the
 * program that `run` runs has ended. It keeps nothing: to read it late costs no memory, and of very much the latest 100,000
 * events are there.
 *
 * @since 0.1.0
 * @category accessors
 */
export const events: Stream.Stream<Event, never, SimulatedNetwork> = Stream.unwrap(
  Effect.map(SimulatedNetwork, world => world.events)
)

/**
 * What has happened so far, as a picture: the text of a Mermaid sequence diagram, in which hosts are the participants. Of
 * more than a hundred events the last hundred; `formatDiagram` shows others.
 *
 * @since 0.1.0
 * @category accessors
 */
export const diagram: Effect.Effect<string, never, SimulatedNetwork> = Effect.flatMap(SimulatedNetwork, world =>
  Effect.map(world.trace, all => formatDiagram(all))
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
