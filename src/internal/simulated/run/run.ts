/**
 * Runs programs, each in a world and a time of its own. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Scope from "effect/Scope"
import * as Network from "../../../Network.ts"
import { turn } from "../time/index.ts"
import { type RunOptions, worldSettings } from "../world/index.ts"
import { firstDifference, logOf } from "./determinism.ts"
import { wanted } from "./replay.ts"
import { only, SimulatedNetwork, worldOf } from "./service.ts"
import { report, Simulation } from "./simulation.ts"
import type { SimulationDeadlock, SimulationDiverged } from "./simulationError.ts"

/** A program in a world of its own, to be run once. */
export const prepare = <A, E, R>(program: Effect.Effect<A, E, R>, options: RunOptions) => {
  const simulation = new Simulation({ strict: options.strict ?? false, world: worldSettings(options) })
  const world = worldOf(simulation.world)
  const context = Context.make(SimulatedNetwork, world).pipe(Context.add(Network.Network, world.network(only)))
  const running = simulation.run(Effect.provide(Effect.scoped(program), context))
  return { simulation, running: Effect.zipRight(turn, running) }
}

/** With the seed that it has, be it that of the environment. */
const seeded = (options: RunOptions = {}): Effect.Effect<RunOptions & { readonly seed: number }> =>
  options.seed === undefined
    ? Effect.map(wanted, seed => ({ ...options, seed: seed ?? 0 }))
    : Effect.succeed({ ...options, seed: options.seed })

/**
 * Runs a program in a world and in a time of its own, as fast as it goes: whenever every fiber waits, it is the time of
 * what is next. Its Clock begins at 0, its Random is that of the seed, its scheduler has no other fibers: the same seed
 * gives the same run, event for event. The seed is that of the options, else of the environment's `SIM_SEED`, else 0. Its
 * Scope closes when it ends, in that time too.
 *
 * If every fiber waits and there is nothing to wait for, the program is interrupted, and it fails with
 * `SimulationDeadlock`, which shows the sockets. Interrupted, it interrupts the program and waits for its finalizers.
 * A failure that is nobody's interruption is logged with the seed and what happened last. Fibers that outlive the
 * program (daemons) have no time any more. A fiber that never waits (a loop of `yieldNow`) lets no time go by, so that no
 * time limit ends it; an interruption from outside does. A `SIM_SEED` that is no integer is a defect.
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
  ): <A, E, R>(
    program: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | SimulationDeadlock, Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>>
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: RunOptions
  ): Effect.Effect<A, E | SimulationDeadlock, Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>>
} = dual(
  args => Effect.isEffect(args[0]),
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: RunOptions
  ): Effect.Effect<A, E | SimulationDeadlock, Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>> =>
    Effect.flatMap(seeded(options), settings => {
      const { running, simulation } = prepare(program, settings)
      return Effect.tapErrorCause(running, cause => report(simulation, cause))
    })
)

/**
 * Runs a program twice with the same seed, found as `run` does, each time in a new world, and gives what came of it. If
 * the two runs differ, in what happened on the network, in what came of it, in how late it was or in how many steps it
 * took, it fails with `SimulationDiverged`, which shows the first difference.
 *
 * @since 0.1.0
 * @category running
 */
export const checkDeterminism: {
  (
    options?: RunOptions
  ): <A, E, R>(
    program: Effect.Effect<A, E, R>
  ) => Effect.Effect<
    A,
    E | SimulationDeadlock | SimulationDiverged,
    Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>
  >
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: RunOptions
  ): Effect.Effect<
    A,
    E | SimulationDeadlock | SimulationDiverged,
    Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>
  >
} = dual(
  args => Effect.isEffect(args[0]),
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: RunOptions
  ): Effect.Effect<
    A,
    E | SimulationDeadlock | SimulationDiverged,
    Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>
  > =>
    Effect.gen(function* () {
      const settings = yield* seeded(options)
      const once = Effect.suspend(() => {
        const { running, simulation } = prepare(program, settings)
        return Effect.map(Effect.exit(running), exit => ({ exit, log: logOf(simulation, exit), simulation }))
      })
      const first = yield* once
      const second = yield* once
      const diverged = firstDifference(first.log, second.log, settings.seed)
      if (diverged !== undefined) return yield* diverged
      return yield* Effect.tapErrorCause(first.exit, cause => report(first.simulation, cause))
    })
)
