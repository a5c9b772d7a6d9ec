/**
 * The results of a session, by workload: figures with their spread, ratios, and whether floors and goals are met. All
 * functions are pure.
 */
import { type Goal, goals } from "./goals.ts"
import { type Comparison, compare, cpuOf, figureOf, type Run, type Spread, spreadOf } from "./samples.ts"
import type { Job, Workload } from "./workloads.ts"

/** The results of a contender in a workload. */
export interface Row {
  readonly contender: string
  readonly figure: Spread
  readonly cpu: Spread | undefined
  readonly stall: Spread | undefined
  /** The figure of effect-sockets divided by that of the contender, or why it was refused. */
  readonly ratio: Comparison | undefined
  /** The same for CPU time. */
  readonly cpuRatio: Comparison | undefined
  readonly others: Readonly<Record<string, Spread>>
}

export interface Table {
  readonly workload: string
  readonly title: string
  readonly group: Workload["group"]
  readonly job: Job
  readonly unit: Workload["unit"]
  readonly rows: ReadonlyArray<Row>
}

export interface Verdict {
  readonly goal: Goal
  /** The ratio, or the figure itself if nothing is compared. */
  readonly value: Comparison
  /** Undefined if there is no floor or no value. `goalMet` likewise. */
  readonly floorMet: boolean | undefined
  readonly goalMet: boolean | undefined
}

/** The runs of a workload, with its job. */
export interface Ran {
  readonly workload: Workload
  readonly job: Job
  readonly runs: ReadonlyArray<Run>
}

const of = (runs: ReadonlyArray<Run>, contender: string) => runs.filter(run => run.contender === contender)

const spreadOver = (runs: ReadonlyArray<Run>, valueOf: (run: Run) => number | undefined) =>
  spreadOf(runs.map(valueOf).filter(value => value !== undefined && Number.isFinite(value)) as Array<number>)

export const tableOf = ({ job, runs, workload }: Ran): Table => {
  const names = [...new Set(runs.map(({ contender }) => contender))]
  const ours = of(runs, "ours")
  // Without a plan, two contenders may do different work.
  const isComparable = ours.length > 0 && workload.plan !== undefined
  const rows = names.flatMap(contender => {
    const theirs = of(runs, contender)
    const figure = spreadOver(theirs, run => figureOf(workload, job, run))
    if (figure === undefined) return []
    const keys = [...new Set(theirs.flatMap(run => Object.keys(run.figures)))]
    const others = keys.flatMap(key => {
      const spread = spreadOver(theirs, run => run.figures[key])
      return spread === undefined ? [] : [[key, spread] as const]
    })
    return {
      contender,
      figure,
      cpu: spreadOver(theirs, run => cpuOf(workload, job, run)),
      stall: workload.saturates ? spreadOver(theirs, run => run.stall) : undefined,
      ratio:
        isComparable && contender !== "ours" ? compare(ours, theirs, run => figureOf(workload, job, run)) : undefined,
      cpuRatio:
        isComparable && contender !== "ours" && workload.unit !== "bytes each"
          ? compare(ours, theirs, run => cpuOf(workload, job, run))
          : undefined,
      others: Object.fromEntries(others)
    }
  })
  const { group, name, title, unit } = workload
  return { workload: name, title, group, job, unit, rows }
}

const valueOf =
  (goal: Goal, { job, workload }: Ran) =>
  (run: Run): number | undefined => {
    switch (goal.of) {
      case "figure":
        return figureOf(workload, job, run)
      case "cpu":
        return cpuOf(workload, job, run)
      case "stall":
        return run.stall
      case "readAhead":
        return run.figures["readAhead"]
    }
  }

/** Judges a goal. Returns undefined if its workloads or contenders did not run. */
const judge = (goal: Goal, sessions: ReadonlyArray<Ran>): Verdict | undefined => {
  const ran = sessions.find(({ workload }) => workload.name === goal.workload)
  const base = sessions.find(({ workload }) => workload.name === (goal.toWorkload ?? goal.workload))
  if (ran === undefined || base === undefined) return undefined
  const ours = of(ran.runs, "ours")
  const theirs = goal.to === undefined ? ours : of(base.runs, goal.to)
  if (ours.length === 0 || theirs.length === 0) return undefined
  const value = valueOf(goal, ran)
  const alone = spreadOver(ours, value)
  const compared: Comparison =
    goal.to !== undefined
      ? compare(ours, theirs, value, valueOf(goal, base))
      : alone === undefined
        ? { refused: "not measured" }
        : { ratio: alone }
  const isMet = (limit: number | undefined) =>
    limit === undefined || !("ratio" in compared)
      ? undefined
      : goal.better === "higher"
        ? compared.ratio.median >= limit
        : compared.ratio.median <= limit
  return { goal, value: compared, floorMet: isMet(goal.floor), goalMet: isMet(goal.goal) }
}

export const judgeAll = (sessions: ReadonlyArray<Ran>): ReadonlyArray<Verdict> =>
  goals.flatMap(goal => judge(goal, sessions) ?? [])
