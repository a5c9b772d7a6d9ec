/**
 * The errors of simulations: a deadlock, a leak, two runs that differ, and seeds with which a program fails. Public as
 * part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import { plural, reportOf, shieldedCause, TaggedError } from "../../text/index.ts"
import type { Segment } from "../link/index.ts"
import { type Event, formatEvent } from "../look/index.ts"
import { type Connection, formatNetstat } from "../world/index.ts"

/** The most events that a message shows: the last ones. */
const lastEvents = 20

/** The most sockets or segments that a message shows. */
const mostLines = 50

/** Formats the first `mostLines` items. If there are more items, adds the number of the others. */
export const firstOf = <A>(all: ReadonlyArray<A>, format: (some: ReadonlyArray<A>) => string): string =>
  format(all.slice(0, mostLines)) + (all.length > mostLines ? `\nand ${all.length - mostLines} more` : "")

/**
 * Returns the text of a cause. `Cause.pretty` throws for a cyclic cause. Then the text is that of a shortened, safe
 * copy.
 */
const prettyOf = (cause: Cause.Cause<unknown>): string => {
  try {
    return Cause.pretty(cause)
  } catch {
    return Cause.pretty(shieldedCause(cause))
  }
}

/** The most failing seeds that a message shows. */
const mostSeeds = 10

/** Returns the part of a message that says when a run failed and how to replay the run. */
export const atSeed = (time: number, seed: number): string => `at ${time} ms; set SIM_SEED=${seed} to replay it`

/** Returns the last events as lines. */
export const tailOf = (events: ReadonlyArray<Event>): ReadonlyArray<string> =>
  events.slice(-lastEvents).map(formatEvent)

const indented = (lines: ReadonlyArray<string>): string => lines.map(line => `\n  ${line}`).join("")

export const listed = (events: ReadonlyArray<string>): string =>
  events.length === 0 ? "\nnothing happened on the network" : `\nthe last events:${indented(events)}`

/**
 * Every fiber of a simulation waits, and nothing is scheduled that could wake a fiber.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationDeadlock extends TaggedError("SimulationDeadlock")<{
  /** The seed of the run. */
  readonly seed: number
  /** The time of the deadlock, in virtual milliseconds. */
  readonly time: number
  /** The listeners and connections at that time, as `netstat` shows them. At most the first 50. */
  readonly sockets: string
  /** The last events of the trace, one line for each. */
  readonly events: ReadonlyArray<string>
}> {
  override get message(): string {
    return reportOf(() => {
      const { events, seed, sockets, time } = this
      return `simulation: deadlock: every fiber waits forever (${atSeed(time, seed)})\n${sockets}${listed(events)}`
    })
  }
}

/**
 * Two runs of a program with the same seed differ. The program depends on something that a simulation does not control.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationDiverged extends TaggedError("SimulationDiverged")<{
  /** The seed of both runs. */
  readonly seed: number
  /** The last events that both runs share, one line for each. */
  readonly before: ReadonlyArray<string>
  /** The number of the first line that differs. The first line is 1. */
  readonly line: number
  /** The line that differs, as it is in the first run. Empty if the first run had no more lines. */
  readonly first: string
  /** The line that differs, as it is in the second run. Empty if the second run had no more lines. */
  readonly second: string
}> {
  override get message(): string {
    return reportOf(() => {
      const { before, first, line, second, seed } = this
      return `simulation: two runs with seed ${seed} differ in line ${line}${indented([...before, `- ${first}`, `+ ${second}`])}`
    })
  }
}

const segmentText = ({ bytes, connection, from, kind, to }: Segment): string => {
  const number = connection === 0 ? "" : `#${connection} `
  return `${number}${kind} ${from} > ${to}${kind === "data" ? ` ${bytes}` : ""}`
}

/**
 * A socket or listener of a world is open, a segment is in flight, or an action of the network is scheduled for later.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationLeaked extends TaggedError("SimulationLeaked")<{
  /** The time of the check, in milliseconds of the Clock of the world. */
  readonly time: number
  /** The listeners and connections that are open. */
  readonly sockets: ReadonlyArray<Connection>
  /** The segments that are in flight, that are held, or that are lost and wait for a retransmission. */
  readonly segments: ReadonlyArray<Segment>
  /** The number of scheduled actions of the network, such as an arrival or a retransmission. */
  readonly pending: number
}> {
  override get message(): string {
    return reportOf(() => {
      const { pending, segments, sockets, time } = this
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
      const head = [
        plural(sockets.length, "open socket"),
        `${plural(segments.length, "segment")} with ${plural(bytes, "byte")} in flight`,
        `${plural(pending, "action")} scheduled`
      ].join(", ")
      const table = sockets.length === 0 ? "" : `\n${firstOf(sockets, formatNetstat)}`
      const onTheWay = segments.length === 0 ? "" : `\n${firstOf(segments, all => all.map(segmentText).join("\n"))}`
      return `simulation: leaked ${head} (at ${time} ms)${table}${onTheWay}`
    })
  }
}

/** True if the message of the failure already shows the last events, as the message of a deadlock does. */
const showsEvents = (cause: Cause.Cause<unknown>): boolean =>
  [...Cause.failures(cause)].some(failure => failure instanceof SimulationDeadlock)

/**
 * A program failed with at least one of the seeds that `seeds` tried.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationSeedsFailed<E> extends TaggedError("SimulationSeedsFailed")<{
  /** The seeds with which the program did not succeed, in order. */
  readonly seeds: ReadonlyArray<number>
  /** The number of seeds with which the program ran. */
  readonly explored: number
  /** The failing run with the fewest events. If several runs have as few, the run with the lowest seed. */
  readonly shortest: {
    /** The seed of the run. */
    readonly seed: number
    /** The cause with which the program failed. */
    readonly cause: Cause.Cause<E | SimulationDeadlock>
    /** The events of the run. A very long trace keeps at least the latest 100,000 events. */
    readonly events: ReadonlyArray<Event>
  }
}> {
  override get message(): string {
    return reportOf(() => {
      const { explored, seeds, shortest } = this
      const { cause, events, seed } = shortest
      const more = seeds.length > mostSeeds ? ` and ${seeds.length - mostSeeds} more` : ""
      return [
        `simulation: the program fails with ${seeds.length} of ${explored} seeds: ${seeds.slice(0, mostSeeds).join(", ")}${more}`,
        `\nSet SIM_SEED=${seed} to replay the shortest failing run. It failed with:\n${prettyOf(cause)}`,
        showsEvents(cause) ? "" : listed(tailOf(events))
      ].join("")
    })
  }
}
