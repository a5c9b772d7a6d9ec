/**
 * Runs programs, each in a new world with its own virtual time. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Scope from "effect/Scope"
import * as Network from "../../../Network.ts"
import { oneOf } from "../../option/index.ts"
import { turn } from "../time/index.ts"
import { type CheckOptions, type RunOptions, worldSettings } from "../world/index.ts"
import { firstDifference, logOf } from "./determinism.ts"
import { wanted } from "./replay.ts"
import { only, SimulatedNetwork, worldOf } from "./service.ts"
import { report, Simulation } from "./simulation.ts"
import type { SimulationDeadlock, SimulationDiverged } from "./simulationError.ts"

/** Prepares a program to run once, in a new world. */
export const prepare = <A, E, R>(program: Effect.Effect<A, E, R>, options: RunOptions) => {
  const simulation = new Simulation({ strict: options.strict ?? false, world: worldSettings(options) })
  const world = worldOf(simulation.world)
  const context = Context.make(SimulatedNetwork, world).pipe(Context.add(Network.Network, world.network(only)))
  const running = simulation.run(Effect.provide(Effect.scoped(program), context))
  return { simulation, running: Effect.zipRight(turn, running) }
}

/**
 * Returns the options with a seed. If the options have no seed, the seed is `SIM_SEED`, or 0 if `SIM_SEED` is not set.
 */
const seeded = (options: RunOptions = {}): Effect.Effect<RunOptions & { readonly seed: number }> =>
  options.seed === undefined
    ? Effect.map(wanted, seed => ({ ...options, seed: seed ?? 0 }))
    : Effect.succeed({ ...options, seed: options.seed })

/**
 * Runs a program in a new world with virtual time. When every fiber waits, time jumps to the next event that is due.
 * The same seed gives the same run, event for event. The Clock of the program begins at 0, its Random uses the seed,
 * and its scheduler runs no other fibers. The seed is `seed` of the options, else the environment variable `SIM_SEED`,
 * else 0.
 *
 * Returns the result of the program, after the Scope of the program has closed in virtual time. Fails as the program
 * fails. If every fiber waits and nothing is scheduled, `run` waits one second of real time for a file, a process or a
 * real timer. With `strict`, `run` does not wait for this second. If still nothing wakes a fiber, `run` interrupts the
 * program and fails with `SimulationDeadlock`, which shows the sockets. Every other failure, except an interruption, is
 * logged with the seed and the last events. If `SIM_SEED` is not an integer, `run` dies. An interruption of `run`
 * interrupts the program and waits until the program ends. If a finalizer waits forever, `run` ends without waiting for
 * it.
 *
 * When the program has ended, time stops. If a daemon fiber outlives the program, it never wakes from a sleep. Time
 * does not advance while a fiber runs without waiting, for example in a loop of `yieldNow`. A timeout inside the
 * program does not end such a fiber, but an interruption of `run` does.
 *
 * The program must not depend on anything that a simulation does not control:
 *
 * - `Date`, `Math.random` and fiber ids
 * - real files, sockets, processes and timers
 * - the order in which a `HashMap` or `HashSet` keeps objects that are compared by reference
 *
 * The Clock of the program is not a TestClock. `TestClock.adjust` inside `run` is a defect, and is not needed.
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
 * Runs a program twice with the same seed, each time in a new world, and compares the two runs. The seed is chosen as
 * in `run`. Returns the result of the first run, or fails as the first run failed.
 *
 * If the runs differ, fails with `SimulationDiverged`, which shows the first difference. The comparison includes the
 * events on the network, the bytes that were sent (by checksums), the results, the times at which the runs ended, and
 * the numbers of steps. For a program with TLS, set `compare` to `"sizes"`.
 *
 * @since 0.1.0
 * @category running
 */
export const checkDeterminism: {
  (
    options?: CheckOptions
  ): <A, E, R>(
    program: Effect.Effect<A, E, R>
  ) => Effect.Effect<
    A,
    E | SimulationDeadlock | SimulationDiverged,
    Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>
  >
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: CheckOptions
  ): Effect.Effect<
    A,
    E | SimulationDeadlock | SimulationDiverged,
    Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>
  >
} = dual(
  args => Effect.isEffect(args[0]),
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: CheckOptions
  ): Effect.Effect<
    A,
    E | SimulationDeadlock | SimulationDiverged,
    Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>
  > =>
    Effect.gen(function* () {
      const hasContents = oneOf("compare", options?.compare, ["contents", "sizes"]) !== "sizes"
      const settings = yield* seeded(options)
      const once = Effect.suspend(() => {
        const { running, simulation } = prepare(program, settings)
        simulation.world.trace.hasChecksums = hasContents
        return Effect.map(Effect.exit(running), exit => ({ exit, log: logOf(simulation, exit), simulation }))
      })
      const first = yield* once
      const second = yield* once
      const diverged = firstDifference(first.log, second.log, settings.seed)
      if (diverged !== undefined) return yield* diverged
      return yield* Effect.tapErrorCause(first.exit, cause => report(first.simulation, cause))
    })
)
