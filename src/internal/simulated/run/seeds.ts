/**
 * Runs a program with one seed after the other. Public as part of `SimulatedNetwork`.
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

/** With no more kept than the failing run that has the fewest events. */
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
    // A seed that is very large has no next one.
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
 * Runs a program with `n` seeds, one after the other, each time in a world and a time of its own, as `run` does: with
 * those from `options.seed` on, which is 0 by default. What it gives does not matter. When it has not succeeded with all
 * of them, be it for a defect, a deadlock or because it interrupted itself, this fails with `SimulationSeedsFailed`:
 * which seeds those are, and of the run that has the fewest events why it failed and what happened in it.
 *
 * With `SIM_SEED` in the environment it runs that seed alone. Nothing is logged but by the program. Interrupted, it
 * interrupts the run, waits for its finalizers, and begins no other. A deadlock takes a second of real time, unless
 * `strict`. A `SIM_SEED` that is no integer is a defect.
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
