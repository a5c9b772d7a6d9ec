/**
 * The errors of a simulation itself. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import { reportOf, shieldedCause, TaggedError } from "../../text/index.ts"
import type { Segment } from "../link/index.ts"
import { type Event, formatEvent } from "../look/index.ts"
import { type Connection, formatNetstat } from "../world/index.ts"

/** How many events before a failure a message shows. */
const lastEvents = 20

/** How many sockets or segments a message shows. */
const mostLines = 50

/** Formats the first `mostLines` items, and says how many more there are. */
export const firstOf = <A>(all: ReadonlyArray<A>, format: (some: ReadonlyArray<A>) => string): string =>
  format(all.slice(0, mostLines)) + (all.length > mostLines ? `\nand ${all.length - mostLines} more` : "")

/** Effect cannot print a cyclic cause. */
const prettyOf = (cause: Cause.Cause<unknown>): string => {
  try {
    return Cause.pretty(cause)
  } catch {
    return Cause.pretty(shieldedCause(cause))
  }
}

/** How many failing seeds a message shows. */
const mostSeeds = 10

/** Tells the reader of a message how to run the same again. */
export const atSeed = (time: number, seed: number): string => `at ${time} ms; set SIM_SEED=${seed} to replay it`

/** The last events as lines. */
export const tailOf = (events: ReadonlyArray<Event>): ReadonlyArray<string> =>
  events.slice(-lastEvents).map(formatEvent)

const indented = (lines: ReadonlyArray<string>): string => lines.map(line => `\n  ${line}`).join("")

export const listed = (events: ReadonlyArray<string>): string =>
  events.length === 0 ? "\nnothing happened on the network" : `\nthe last events:${indented(events)}`

/**
 * Every fiber of a simulation waits, and nothing is scheduled that would wake one.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationDeadlock extends TaggedError("SimulationDeadlock")<{
  readonly seed: number
  /** In virtual milliseconds. */
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
  readonly seed: number
  /** The last events that both runs have in common, one line for each. */
  readonly before: ReadonlyArray<string>
  /** The number of the line in which the runs differ, from 1 on. */
  readonly line: number
  /** That line in the first run, and in the second run. Empty if that run had no more lines. */
  readonly first: string
  readonly second: string
}> {
  override get message(): string {
    return reportOf(() => {
      const { before, first, line, second, seed } = this
      return `simulation: two runs with seed ${seed} differ in line ${line}${indented([...before, `- ${first}`, `+ ${second}`])}`
    })
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

const segmentText = ({ bytes, connection, from, kind, to }: Segment): string => {
  const number = connection === 0 ? "" : `#${connection} `
  return `${number}${kind} ${from} > ${to}${kind === "data" ? ` ${bytes}` : ""}`
}

/**
 * A socket or listener of a world is open, a segment is in flight, or the network has scheduled something for later.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationLeaked extends TaggedError("SimulationLeaked")<{
  /** In milliseconds, by the Clock of the world. */
  readonly time: number
  /** The listeners and connections. */
  readonly sockets: ReadonlyArray<Connection>
  /** The segments that are in flight, held, or lost and waiting for a retransmission. */
  readonly segments: ReadonlyArray<Segment>
  /** How many actions of the network are scheduled for later, such as an arrival or a retransmission. */
  readonly pending: number
}> {
  override get message(): string {
    return reportOf(() => {
      const { pending, segments, sockets, time } = this
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
      const head = [
        counted(sockets.length, "open socket"),
        `${counted(segments.length, "segment")} with ${counted(bytes, "byte")} in flight`,
        `${counted(pending, "action")} scheduled`
      ].join(", ")
      const table = sockets.length === 0 ? "" : `\n${firstOf(sockets, formatNetstat)}`
      const onTheWay = segments.length === 0 ? "" : `\n${firstOf(segments, all => all.map(segmentText).join("\n"))}`
      return `simulation: leaked ${head} (at ${time} ms)${table}${onTheWay}`
    })
  }
}

/** True if the message of the failure already shows the last events, as that of a deadlock does. */
const showsEvents = (cause: Cause.Cause<unknown>): boolean =>
  [...Cause.failures(cause)].some(failure => failure instanceof SimulationDeadlock)

/**
 * A program did not succeed with every seed that `seeds` tried.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationSeedsFailed<E> extends TaggedError("SimulationSeedsFailed")<{
  /** The seeds with which it did not succeed, in order. */
  readonly seeds: ReadonlyArray<number>
  /** With how many seeds it ran. */
  readonly explored: number
  /** The failing run with the fewest events. If there are several, the one with the lowest seed. */
  readonly shortest: {
    readonly seed: number
    readonly cause: Cause.Cause<E | SimulationDeadlock>
    /** The events of the run. A very long trace keeps at least the latest 100,000. */
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
