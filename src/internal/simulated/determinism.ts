/**
 * Whether two runs of a program were the same.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Inspectable from "effect/Inspectable"
import type { Simulation } from "./simulation.ts"
import { SimulationDiverged } from "./simulationError.ts"
import { formatEvent } from "./trace.ts"

const outcomeOf = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.match(exit, {
    onFailure: cause =>
      Cause.isInterruptedOnly(cause)
        ? "interrupted"
        : `failed: ${Cause.prettyErrors(cause)
            .map(error => error.message)
            .join("; ")}`,
    onSuccess: value => `succeeded: ${Inspectable.toStringUnknown(value, 0)}`
  })

/** What happened on the network, and what came of it all: how late, in how many steps, and what. */
export const logOf = ({ time, world }: Simulation, exit: Exit.Exit<unknown, unknown>): ReadonlyArray<string> => [
  ...world.trace.all.map(formatEvent),
  `${time.time} after ${time.steps} steps ${outcomeOf(exit)}`
]

/** How many lines are shown of what both have in common. */
const shown = 10

export const firstDifference = (
  first: ReadonlyArray<string>,
  second: ReadonlyArray<string>,
  seed: number
): SimulationDiverged | undefined => {
  const longer = first.length > second.length ? first : second
  const at = longer.findIndex((_, i) => first[i] !== second[i])
  return at < 0
    ? undefined
    : new SimulationDiverged({
        seed,
        line: at + 1,
        before: first.slice(Math.max(0, at - shown), at),
        first: first[at] ?? "",
        second: second[at] ?? ""
      })
}
