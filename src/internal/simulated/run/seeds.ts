/**
 * Runs a program with many seeds, one after another. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type * as Network from "../../../Network.ts"
import type { RunOptions } from "../world/index.ts"
import { wanted } from "./replay.ts"
import { prepare } from "./run.ts"
import type { SimulatedNetwork } from "./service.ts"
import { SimulationSeedsFailed } from "./simulationError.ts"

/** Runs the program with each seed. To save memory, it keeps only the failing run with the fewest events. */
const explore = <A, E, R>(
  n: number,
  program: Effect.Effect<A, E, R>,
  options: RunOptions = {}
): Effect.Effect<
  void,
  SimulationSeedsFailed<E>,
  Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>
> =>
  Effect.gen(function* () {
    const replayed = yield* wanted
    const first = replayed ?? options.seed ?? 0
    const count = replayed === undefined ? n : 1
    const seeds: Array<number> = []
    let shortest: SimulationSeedsFailed<E>["shortest"] | undefined
    let fewest = Number.POSITIVE_INFINITY
    // The loop counts runs and not seeds. A very large seed plus 1 can be the same number, so counting seeds might
    // never end.
    for (let run = 0; run < count; run++) {
      const seed = first + run
      const { running, simulation } = prepare(program, { ...options, seed })
      const exit = yield* Effect.exit(running)
      const { trace } = simulation.world
      if (Exit.isFailure(exit)) {
        seeds.push(seed)
        if (trace.length < fewest) {
          fewest = trace.length
          shortest = { seed, cause: exit.cause, events: trace.all }
        }
      }
    }
    if (shortest !== undefined) return yield* new SimulationSeedsFailed({ seeds, explored: count, shortest })
  })

/**
 * Runs a program with `n` seeds, one after another, each time in a new world as `run` does. The seeds are consecutive
 * and begin at `options.seed`. Default: 0. If the environment variable `SIM_SEED` is set, only that seed runs. The
 * result of the program is ignored, and failing runs are not logged.
 *
 * If the program does not succeed with every seed, fails with `SimulationSeedsFailed`. Defects, deadlocks and
 * interruptions of the program by itself count as failures. The error has the seeds that failed. It also has the cause
 * and the events of the failing run with the fewest events. If `SIM_SEED` is not an integer, `seeds` dies. An
 * interruption of `seeds` interrupts the current run, waits for its finalizers, and begins no other run.
 *
 * A deadlock takes one second of real time, unless `strict` is true.
 *
 * @since 0.1.0
 * @category running
 */
export function seeds(
  n: number,
  options?: RunOptions
): <A, E, R>(
  program: Effect.Effect<A, E, R>
) => Effect.Effect<void, SimulationSeedsFailed<E>, Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>>
export function seeds<A, E, R>(
  n: number,
  program: Effect.Effect<A, E, R>,
  options?: RunOptions
): Effect.Effect<void, SimulationSeedsFailed<E>, Exclude<Exclude<R, Scope.Scope>, Network.Network | SimulatedNetwork>>
export function seeds<A, E, R>(n: number, second?: Effect.Effect<A, E, R> | RunOptions, third?: RunOptions) {
  return Effect.isEffect(second)
    ? explore(n, second, third)
    : <A, E, R>(program: Effect.Effect<A, E, R>) => explore(n, program, second)
}
