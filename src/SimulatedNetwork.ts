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
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { firstDifference, logOf } from "./internal/simulated/determinism.ts"
import { driverOf } from "./internal/simulated/driver.ts"
import { natureOf } from "./internal/simulated/nature.ts"
import { type Connection, formatNetstat, netstatOf } from "./internal/simulated/netstat.ts"
import type { HostOptions, Options, RunOptions } from "./internal/simulated/options.ts"
import { runOn as programRunOn } from "./internal/simulated/program.ts"
import { Pump } from "./internal/simulated/pump.ts"
import { report, Simulation } from "./internal/simulated/simulation.ts"
import type { SimulationDeadlock, SimulationDiverged } from "./internal/simulated/simulationError.ts"
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
   * @category options
   */
  RunOptions
} from "./internal/simulated/options.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Profile
} from "./internal/simulated/profile.ts"

export {
  /**
   * @since 0.1.0
   * @category errors
   */
  SimulationDeadlock,
  /**
   * @since 0.1.0
   * @category errors
   */
  SimulationDiverged
} from "./internal/simulated/simulationError.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Event
} from "./internal/simulated/trace.ts"

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

const worldOf = (world: internal.World): World => ({
  [internal.TypeId]: world,
  network: (host, options) => Network.make(driverOf(world, world.host(host, options?.addresses, options?.descriptors))),
  trace: Effect.sync(() => world.trace.all),
  netstat: Effect.sync(() => netstatOf(world))
})

/**
 * A new world, in which time goes by as on the Clock that there is, be it a TestClock. After its Scope has closed nothing
 * of it happens any more.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: Options): Effect.Effect<World, never, Scope.Scope> =>
  Effect.gen(function* () {
    const pump = new Pump(yield* Effect.clock, yield* Effect.runtime<never>())
    yield* Effect.addFinalizer(() => pump.stop)
    return worldOf(new internal.World(new Timeline(pump), natureOf(options ?? {})))
  })

/** The name of the host that a program has unless it says which. */
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
 * disk, is made outside of it. Gives the fiber of its latest start. It ends with the Scope at the latest.
 *
 * @since 0.1.0
 * @category running
 */
export const runOn = <A, E, R>(
  host: string,
  program: Effect.Effect<A, E, R>
): Effect.Effect<Effect.Effect<Fiber.RuntimeFiber<A, E>>, never, SimulatedNetwork | Scope.Scope | OnHost<R>> =>
  Effect.flatMap(SimulatedNetwork, outer => {
    const world = internal.insideOf(outer)
    const network = Effect.sync(() => {
      const here = world.host(host)
      return Network.make(driverOf(world, here, here.crashes))
    })
    return programRunOn(world, host, Effect.scoped(Effect.provideServiceEffect(program, Network.Network, network)))
  })

/** What a program needs that its host does not give it. */
type OnHost<R> = Exclude<Exclude<R, Network.Network>, Scope.Scope>

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

/** A program in a world of its own, to be run once. */
const prepare = <A, E, R>(program: Effect.Effect<A, E, R>, options: RunOptions | undefined) => {
  const settings = { strict: options?.strict ?? false, nature: natureOf(options ?? {}) }
  const simulation = new Simulation(settings)
  const world = worldOf(simulation.world)
  const context = Context.make(SimulatedNetwork, world).pipe(Context.add(Network.Network, world.network(only)))
  return { simulation, running: simulation.run(Effect.provide(Effect.scoped(program), context)) }
}

/** What a program needs that a simulation does not give it. */
type Governed<R> = Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>

/**
 * Runs a program in a world and in a time of its own, as fast as it goes: whenever every fiber waits, it is the time of
 * what is next. Its Clock begins at 0, its Random is that of the seed, its scheduler has no other fibers: the same seed
 * gives the same run, event for event. Its Scope closes when it ends, in that time too.
 *
 * If every fiber waits and there is nothing to wait for, the program is interrupted, and it fails with
 * `SimulationDeadlock`, which shows the sockets. Interrupted, it interrupts the program and waits for its finalizers.
 * A failure that is nobody's interruption is logged with the seed and what happened last. Fibers that outlive the
 * program (daemons) have no time any more. A fiber that never waits (a loop of `yieldNow`) lets no time go by, so that no
 * time limit ends it; an interruption from outside does.
 *
 * What it does not govern, and what therefore must not decide anything: `Date`, `Math.random`, real files, sockets,
 * processes and timers (they are waited for only when nothing else is left), the order in which a `HashMap` or `HashSet`
 * keeps objects that are compared by reference, and the numbers of fibers. Its Clock is no TestClock: `TestClock.adjust`
 * in it is a defect, and nobody needs it.
 *
 * @since 0.1.0
 * @category running
 */
export const run: {
  (
    options?: RunOptions
  ): <A, E, R>(program: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SimulationDeadlock, Governed<R>>
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: RunOptions
  ): Effect.Effect<A, E | SimulationDeadlock, Governed<R>>
} = dual(
  args => Effect.isEffect(args[0]),
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: RunOptions
  ): Effect.Effect<A, E | SimulationDeadlock, Governed<R>> =>
    Effect.suspend(() => {
      const { running, simulation } = prepare(program, options)
      return Effect.tapErrorCause(running, cause => report(simulation, cause))
    })
)

/**
 * Runs a program twice with the same seed, each time in a new world, and gives what came of it. If the two runs differ,
 * in what happened on the network, in what came of it, in how late it was or in how many steps it took, it fails with
 * `SimulationDiverged`, which shows the first difference.
 *
 * @since 0.1.0
 * @category running
 */
export const checkDeterminism: {
  (
    options?: RunOptions
  ): <A, E, R>(
    program: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | SimulationDeadlock | SimulationDiverged, Governed<R>>
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: RunOptions
  ): Effect.Effect<A, E | SimulationDeadlock | SimulationDiverged, Governed<R>>
} = dual(
  args => Effect.isEffect(args[0]),
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: RunOptions
  ): Effect.Effect<A, E | SimulationDeadlock | SimulationDiverged, Governed<R>> => {
    const once = Effect.suspend(() => {
      const { running, simulation } = prepare(program, options)
      return Effect.map(Effect.exit(running), exit => ({ exit, log: logOf(simulation, exit), simulation }))
    })
    return Effect.gen(function* () {
      const first = yield* once
      const second = yield* once
      const diverged = firstDifference(first.log, second.log, options?.seed ?? 0)
      if (diverged !== undefined) return yield* diverged
      return yield* Effect.tapErrorCause(first.exit, cause => report(first.simulation, cause))
    })
  }
)
