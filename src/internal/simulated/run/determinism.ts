/**
 * Compares the traces and the outcomes of two runs of a program.
 *
 * @internal
 */
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import type { Simulation } from "./simulation.ts"
import { SimulationDiverged } from "./simulationError.ts"

/**
 * Replaces some values that JSON cannot represent. A fiber or a fiber id becomes a constant, because fiber ids are
 * different in each run.
 */
const shown = (value: unknown): unknown => {
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) return `${value}`
  if (value instanceof Map || value instanceof Set) return [...value]
  if (value instanceof Error) return { ...value, message: `${value}` }
  if (Fiber.isFiber(value)) return "Fiber"
  return Predicate.hasProperty(value, "_id") && value._id === "FiberId" ? "FiberId" : value
}

/**
 * Returns a value as JSON, to compare it with the value of another run. Leaves out an object that has occurred before.
 */
const textOf = (value: unknown): string => {
  const seen = new Set<object>()
  const once = (_: string, member: unknown): unknown => {
    const one = shown(member)
    if (typeof one !== "object" || one === null) return one
    if (seen.has(one)) return undefined
    seen.add(one)
    return one
  }
  return JSON.stringify(value, once) ?? String(value)
}

const outcomeOf: (exit: Exit.Exit<unknown, unknown>) => string = Exit.match({
  onFailure: cause => `failed: ${textOf(cause)}`,
  onSuccess: value => `succeeded: ${textOf(value)}`
})

/**
 * Returns the trace of a run as lines. The last line has the time at which the run ended, the number of steps and the
 * outcome.
 */
export const logOf = ({ time, world }: Simulation, exit: Exit.Exit<unknown, unknown>): ReadonlyArray<string> => [
  ...world.trace.lines,
  `${time.time} after ${time.steps} steps ${outcomeOf(exit)}`
]

/** At most this many common lines are shown before the first difference. */
const linesBefore = 10

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
        before: first.slice(Math.max(0, at - linesBefore), at),
        first: first[at] ?? "",
        second: second[at] ?? ""
      })
}
