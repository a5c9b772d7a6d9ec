/** Judges from the samples of a figure whether it is steady or grows with time. All functions are pure. */
import { linearRegression } from "simple-statistics"

/** The seconds since the start, and the value at that time. */
export type Sample = readonly [seconds: number, value: number]

export interface Bound {
  readonly name: string
  /** The unit in which the figure is printed. */
  readonly unit: "" | "MiB"
  /** The most growth per minute that is allowed. */
  readonly perMinute: number
  /** The most that the regression line may rise in total. A smaller rise counts as fluctuation. */
  readonly slack: number
}

export interface Verdict {
  readonly bound: Bound
  readonly perMinute: number
  readonly verdict: "steady" | "grows" | "too few samples"
  readonly picture: string
}

/** The part of the time that is ignored, because caches fill and code is compiled. */
const warmUp = 1 / 3

/** Fewer samples after the warm-up give no verdict. */
const fewest = 3

/** The slope of the least-squares line, per second. */
export const slope = (samples: ReadonlyArray<Sample>): number =>
  linearRegression(samples.map(([seconds, value]) => [seconds, value])).m

const bars = "▁▂▃▄▅▆▇█"

/** A bar for each sample, scaled from the lowest sample to the highest. */
export const sparkline = (values: ReadonlyArray<number>): string => {
  const lowest = Math.min(...values)
  const range = Math.max(...values) - lowest
  return values
    .map(value => bars[range === 0 ? 0 : Math.round(((value - lowest) / range) * (bars.length - 1))])
    .join("")
}

export const judge = (bound: Bound, samples: ReadonlyArray<Sample>): Verdict => {
  const picture = sparkline(samples.map(([, value]) => value))
  const begin = samples[0]?.[0] ?? 0
  const end = samples.at(-1)?.[0] ?? 0
  const warm = samples.filter(([seconds]) => seconds >= begin + (end - begin) * warmUp)
  const perSecond = slope(warm)
  const rise = perSecond * (end - (warm[0]?.[0] ?? end))
  const grows = perSecond * 60 > bound.perMinute && rise > bound.slack
  const verdict = warm.length < fewest ? "too few samples" : grows ? "grows" : "steady"
  return { bound, perMinute: perSecond * 60, verdict, picture }
}

const shown = (value: number, unit: Bound["unit"]): string =>
  unit === "MiB" ? `${(value / 1024 / 1024).toFixed(2)} MiB` : value.toFixed(1)

/** One line of the report. */
export const lineOf = ({ bound, perMinute, picture, verdict }: Verdict): string => {
  const rate = `${shown(perMinute, bound.unit)}/min`.padStart(16)
  const allowed = `at most ${shown(bound.perMinute, bound.unit)}/min`
  return `${bound.name.padEnd(12)} ${verdict.padEnd(7)} ${rate} (${allowed})  ${picture}`
}
