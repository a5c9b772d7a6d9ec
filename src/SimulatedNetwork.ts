/**
 * A network in memory, for tests. It simulates hosts, names, addresses, ports, listeners and connections, with flow
 * control, ends and resets. Operations happen in the order in which they are requested, so a test is fast, and the
 * network behaves in the same way each time. A program that needs a `Network` runs on this network unchanged, and gets
 * the errors of a real network.
 *
 * A world is one simulation. If the layer is provided twice, there are two worlds. A connect reaches only listeners of
 * the same world. Default: no delay, no loss and no fault. A `profile`, a `latency` or a `Fault` changes that. Delays
 * use the current Clock, which may be a TestClock.
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
   * @category options
   */
  CheckOptions,
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
 * Makes a new world. It uses the time of the current Clock, which may be a TestClock. When the Scope closes, the world
 * drops everything that is scheduled for later. After that, segments with a latency no longer arrive.
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
 * Provides a new world, and the network of the host `simulated` in it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options?: Options): Layer.Layer<Network.Network | SimulatedNetwork> =>
  Layer.provideMerge(layerHost(only), Layer.scoped(SimulatedNetwork, make(options)))

/**
 * Provides the network of another host of the current world. If the host does not exist, creates it with `options`.
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
 * Provides a new world without delays, and the network of the host `simulated` in it. `layerWith` takes options.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Network.Network | SimulatedNetwork> = Layer.suspend(() => layerWith())

/**
 * Starts a program on a host, in the background, with the network of the host and its own Scope. If the host does not
 * exist, creates it. Returns the running program at once.
 *
 * When the host crashes, the program is killed: no fiber of it takes another step, and no finalizer runs. When the host
 * restarts, the program starts again from its beginning. If the host is down, the program starts when the host
 * restarts. Create state that must survive a crash, as files on a disk do, outside the program. When the Scope closes,
 * a program that still runs is interrupted.
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
    // Creates the host now, because the caller may resolve its name before the program starts.
    world.host(host)
    const network = Effect.sync(() => {
      const here = world.host(host)
      return Network.make(driverOf(world, here, here.crashes))
    })
    return programRunOn(world, host, Effect.scoped(Effect.provideServiceEffect(program, Network.Network, network)))
  })

/**
 * Waits until the simulation is idle: nothing is left to do at the current time. Does not wait for segments that arrive
 * later, and does not end sleeps.
 *
 * In `run`, it returns when every fiber waits, just before the time advances. Outside `run`, the network cannot observe
 * fibers. There it returns when nothing has happened on the network for 32 turns of the scheduler.
 *
 * @since 0.1.0
 * @category looking
 */
export const awaitQuiescent: Effect.Effect<void, never, SimulatedNetwork> = Effect.flatMap(
  SimulatedNetwork,
  world => world.awaitQuiescent
)

/**
 * Checks that no resource of the network is left in the world. Fails with `SimulationLeaked` if a socket or a listener
 * is open, if a segment is in flight, or if the network has scheduled anything for later. The error shows what is left.
 *
 * It does not wait. Call it after `awaitQuiescent`, so that no close is pending. If the world has latencies, also sleep
 * for the longest of them, because the end of a connection takes that long to arrive. Timers of the program itself do
 * not count.
 *
 * @since 0.1.0
 * @category looking
 */
export const assertNoLeaks: Effect.Effect<void, SimulationLeaked, SimulatedNetwork> = Effect.flatMap(
  SimulatedNetwork,
  world => world.assertNoLeaks
)

/**
 * Returns the events so far as text, one line for each event. A very long trace keeps at least the latest 100,000
 * events.
 *
 * @since 0.1.0
 * @category accessors
 */
export const trace: Effect.Effect<string, never, SimulatedNetwork> = Effect.flatMap(SimulatedNetwork, world =>
  Effect.map(world.trace, events => events.map(formatEvent).join("\n"))
)

/**
 * Emits the events so far, and then each new event when it happens. The stream ends when the Scope of the world closes,
 * or when the program of `run` has ended.
 *
 * The stream has no buffer, so a slow reader costs no memory. A very long trace keeps at least the latest 100,000
 * events. A reader that is further behind misses the older events.
 *
 * @since 0.1.0
 * @category accessors
 */
export const events: Stream.Stream<Event, never, SimulatedNetwork> = Stream.unwrap(
  Effect.map(SimulatedNetwork, world => world.events)
)

/**
 * Returns the events so far as the text of a Mermaid sequence diagram. Its participants are the hosts. It shows at most
 * the last 100 events. To show other events, use `formatDiagram`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const diagram: Effect.Effect<string, never, SimulatedNetwork> = Effect.flatMap(SimulatedNetwork, world =>
  Effect.map(world.trace, all => formatDiagram(all))
)

/**
 * Returns a table of the listeners and connections that exist now.
 *
 * @since 0.1.0
 * @category accessors
 */
export const netstat: Effect.Effect<string, never, SimulatedNetwork> = Effect.flatMap(SimulatedNetwork, world =>
  Effect.map(world.netstat, formatNetstat)
)
