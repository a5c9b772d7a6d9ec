/**
 * What a simulation itself fails with. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import type { Segment } from "../link/index.ts"
import { type Event, formatEvent } from "../look/index.ts"
import { type Connection, formatNetstat } from "../world/index.ts"

/** How many events are shown of what led to a failure. */
const lastEvents = 20

/** How many sockets, or segments, are shown of what is there. */
const mostLines = 50

/** As far as anybody would read. */
export const firstOf = <A>(all: ReadonlyArray<A>, format: (some: ReadonlyArray<A>) => string): string =>
  format(all.slice(0, mostLines)) + (all.length > mostLines ? `\nand ${all.length - mostLines} more` : "")

/** How many seeds are shown of those that failed. */
const mostSeeds = 10

/** So that whoever reads it can run the same again. */
export const atSeed = (time: number, seed: number): string => `at ${time} ms, SIM_SEED=${seed} replays it`

/** The last lines of what happened on the network. */
export const tailOf = (events: ReadonlyArray<Event>): ReadonlyArray<string> =>
  events.slice(-lastEvents).map(formatEvent)

const indented = (lines: ReadonlyArray<string>): string => lines.map(line => `\n  ${line}`).join("")

export const listed = (events: ReadonlyArray<string>): string =>
  events.length === 0 ? "\nnothing happened on the network" : `\nthe last events:${indented(events)}`

/**
 * Every fiber waits, and nothing is going to happen that would wake one.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationDeadlock extends Data.TaggedError("SimulationDeadlock")<{
  readonly seed: number
  /** In virtual milliseconds. */
  readonly time: number
  /** What listened and what was connected, as `netstat` shows it: the first 50. */
  readonly sockets: string
  /** The last events of the trace, a line for each. */
  readonly events: ReadonlyArray<string>
}> {
  override get message(): string {
    const { events, seed, sockets, time } = this
    return `simulation: every fiber waits, and nothing is left to wait for (${atSeed(time, seed)})\n${sockets}${listed(events)}`
  }
}

/**
 * A program did not do the same when it was run again with the same seed: it depends on something that a simulation does
 * not govern.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationDiverged extends Data.TaggedError("SimulationDiverged")<{
  readonly seed: number
  /** What both runs had in common last, a line for each event. */
  readonly before: ReadonlyArray<string>
  /** The line in which they differ, from 1 on. */
  readonly line: number
  /** What it was at first, and when it was run again; empty where there was no more. */
  readonly first: string
  readonly second: string
}> {
  override get message(): string {
    const { before, first, line, second, seed } = this
    return `simulation: two runs with seed ${seed} differ in line ${line}${indented([...before, `- ${first}`, `+ ${second}`])}`
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

const segmentText = ({ bytes, connection, from, kind, to }: Segment): string => {
  const number = connection === 0 ? "" : `#${connection} `
  return `${number}${kind} ${from} > ${to}${kind === "data" ? ` ${bytes}` : ""}`
}

/**
 * Something of a world was left open, on its way or to happen.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationLeaked extends Data.TaggedError("SimulationLeaked")<{
  /** In milliseconds, of the world's clock. */
  readonly time: number
  /** What listens and what is connected. */
  readonly sockets: ReadonlyArray<Connection>
  /** What is on its way, was lost and will be sent again, or is held. */
  readonly segments: ReadonlyArray<Segment>
  /** How much is to happen later: what arrives, is sent again, or is given up. */
  readonly pending: number
}> {
  override get message(): string {
    const { pending, segments, sockets, time } = this
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
    const head = [
      counted(sockets.length, "open socket"),
      `${counted(segments.length, "segment")} with ${counted(bytes, "byte")} on the way`,
      `${counted(pending, "thing")} to happen later`
    ].join(", ")
    const table = sockets.length === 0 ? "" : `\n${firstOf(sockets, formatNetstat)}`
    const onTheWay = segments.length === 0 ? "" : `\n${firstOf(segments, all => all.map(segmentText).join("\n"))}`
    return `simulation: ${head} (at ${time} ms)${table}${onTheWay}`
  }
}

/** A deadlock shows what happened itself. */
const showsEvents = (cause: Cause.Cause<unknown>): boolean =>
  [...Cause.failures(cause)].some(failure => failure instanceof SimulationDeadlock)

/**
 * A program did not succeed with every seed.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationSeedsFailed<E> extends Data.TaggedError("SimulationSeedsFailed")<{
  /** With which it did not, in order. */
  readonly seeds: ReadonlyArray<number>
  /** With how many it ran. */
  readonly explored: number
  /** Of the failing runs the one with the fewest events, and of those the one with the lowest seed. */
  readonly shortest: {
    readonly seed: number
    readonly cause: Cause.Cause<E | SimulationDeadlock>
    /** What happened on the network: of very much the latest 100,000 events. */
    readonly events: ReadonlyArray<Event>
  }
}> {
  override get message(): string {
    const { explored, seeds, shortest } = this
    const { cause, events, seed } = shortest
    const more = seeds.length > mostSeeds ? ` and ${seeds.length - mostSeeds} more` : ""
    return [
      `simulation: the program fails with ${seeds.length} of ${explored} seeds: ${seeds.slice(0, mostSeeds).join(", ")}${more}`,
      `\nSIM_SEED=${seed} replays the shortest run, which came to this:\n${Cause.pretty(cause)}`,
      showsEvents(cause) ? "" : listed(tailOf(events))
    ].join("")
  }
}
