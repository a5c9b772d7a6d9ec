/**
 * From runs to results: figures, medians with their spread, and ratios of runs that did the same work. All functions are
 * pure.
 */
import { max, median, min } from "simple-statistics"
import type { Job, Work, Workload } from "./workloads.ts"

/** One job done by one contender, as both ends counted it. */
export interface Run {
  readonly workload: string
  readonly contender: string
  readonly round: number
  /** Counted by the contender. */
  readonly mine: Work
  /** Counted by the peer. */
  readonly theirs: Work
  /** The elapsed time, in nanoseconds. */
  readonly wall: number
  /** User and system CPU time of the contender, in microseconds. */
  readonly cpu: number
  /** The longest stall of the event loop, in milliseconds. Undefined for contenders without an event loop of Node. */
  readonly stall?: number | undefined
  /** All other figures, by name. */
  readonly figures: Readonly<Record<string, number>>
}

/** A median with the lowest and the highest value. */
export interface Spread {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

export const spreadOf = (values: ReadonlyArray<number>): Spread | undefined => {
  if (values.length === 0) return undefined
  const all = [...values]
  return { median: median(all), lowest: min(all), highest: max(all) }
}

const MiB = 1024 * 1024

/** Compares what both ends counted with what was planned. Returns the differences, which are none if all is right. */
export const doubts = (workload: Workload, job: Job, { mine, theirs }: Pick<Run, "mine" | "theirs">): string[] => {
  const plan = workload.plan?.(job)
  if (plan === undefined) return []
  const differ = (what: string, counted: number | undefined, planned: number | undefined) =>
    counted === undefined || planned === undefined || counted === planned ? [] : [`${what} ${counted} of ${planned}`]
  return [
    ...differ("received", mine.received, plan.received),
    ...differ("sent", mine.sent, plan.sent),
    ...differ("messages", mine.messages, plan.messages),
    ...differ("the peer sent", theirs.sent, plan.received),
    ...differ("the peer received", theirs.received, plan.sent),
    // A peer that cannot distinguish messages counts none.
    ...(theirs.messages ? differ("the peer's messages", theirs.messages, plan.messages) : [])
  ]
}

/** The bytes that were measured, in one direction. */
const bytesOf = ({ bytes, messages, size }: Job, { mine }: Run): number =>
  Math.min(bytes > 0 ? bytes : messages * size, Math.max(mine.received, mine.sent))

/** The figure of a run, in the workload's unit. */
export const figureOf = ({ unit }: Workload, job: Job, run: Run): number => {
  const seconds = run.wall / 1e9
  switch (unit) {
    case "MiB/s":
      return bytesOf(job, run) / MiB / seconds
    case "per second":
      return job.messages / seconds
    case "bytes each":
      return run.figures["bytesEach"] ?? Number.NaN
    case "MiB":
      return (run.figures["growth"] ?? Number.NaN) / MiB
  }
}

/** CPU time: in seconds per GiB if bytes are counted, in microseconds per message if messages are, otherwise undefined. */
export const cpuOf = ({ unit }: Workload, job: Job, run: Run): number | undefined =>
  unit === "MiB/s"
    ? run.cpu / 1e6 / (bytesOf(job, run) / MiB / 1024)
    : unit === "per second"
      ? run.cpu / job.messages
      : undefined

/** The counts of a run as text. */
const inWords = ({ mine, theirs }: Run): string =>
  [
    `${mine.received} received and ${mine.sent} sent`,
    ...(mine.messages === undefined ? [] : [`in ${mine.messages} messages`]),
    `(the peer: ${theirs.received} and ${theirs.sent})`
  ].join(" ")

const isSame = (one: Work, other: Work): boolean =>
  one.received === other.received &&
  one.sent === other.sent &&
  (one.messages === undefined || other.messages === undefined || one.messages === other.messages)

const isSameWork = (one: Run, other: Run): boolean => isSame(one.mine, other.mine) && isSame(one.theirs, other.theirs)

export type Comparison = { readonly ratio: Spread } | { readonly refused: string }

/**
 * Compares two contenders round by round and takes the median of the ratios: a disturbance in a round affects both. The
 * comparison is refused if the two did not do the same work, or if no round has both.
 */
export const compare = (
  ours: ReadonlyArray<Run>,
  theirs: ReadonlyArray<Run>,
  valueOf: (run: Run) => number | undefined,
  baseValueOf = valueOf
): Comparison => {
  const ratios: Array<number> = []
  for (const one of ours) {
    const other = theirs.find(({ round }) => round === one.round)
    if (other === undefined) continue
    if (!isSameWork(one, other)) {
      return { refused: `not the same work in round ${one.round}: ${inWords(one)} / ${inWords(other)}` }
    }
    const [value, base] = [valueOf(one), baseValueOf(other)]
    if (value !== undefined && base !== undefined && value / base >= 0) ratios.push(value / base)
  }
  const ratio = spreadOf(ratios)
  return ratio === undefined ? { refused: "no round in which both were measured" } : { ratio }
}
