/** Judges from the samples of a figure whether it is steady or grows with time. All functions are pure. */
import { linearRegression } from "simple-statistics"

/** The progress since the start, in seconds or in rounds, and the value at that moment. */
export type Sample = readonly [progress: number, value: number]

export interface Bound {
  readonly name: string
  /** The unit in which the growth is printed. */
  readonly unit: "" | "B" | "MiB"
  /** What the growth is divided by. A leak is a number of bytes for each round, however fast the machine is. */
  readonly per: "minute" | "round"
  /** The most growth that is allowed, per minute or per round. */
  readonly most: number
  /** The most that the regression line may rise in total. A smaller rise counts as fluctuation. */
  readonly slack: number
}

export interface Verdict {
  readonly bound: Bound
  /** The growth per minute or per round. */
  readonly growth: number
  readonly verdict: "steady" | "grows" | "too few samples"
  readonly picture: string
}

/** The part of the progress that is ignored, because caches fill and code is compiled. */
const warmUp = 1 / 3

/** Fewer samples after the warm-up give no verdict. */
const fewest = 3

/** The slope of the least-squares line: the growth per second or per round. */
export const slope = (samples: ReadonlyArray<Sample>): number =>
  linearRegression(samples.map(([progress, value]) => [progress, value])).m

const bars = "▁▂▃▄▅▆▇█"

/** A bar for each sample, scaled from the lowest sample to the highest. */
export const sparkline = (values: ReadonlyArray<number>): string => {
  const lowest = Math.min(...values)
  const range = Math.max(...values) - lowest
  return values
    .map(value => bars[range === 0 ? 0 : Math.round(((value - lowest) / range) * (bars.length - 1))])
    .join("")
}

/** More bars do not fit into a line, so only every second, third, ... sample is shown. */
const mostBars = 100

export const judge = (bound: Bound, samples: ReadonlyArray<Sample>): Verdict => {
  const step = Math.ceil(samples.length / mostBars)
  const picture = sparkline(samples.filter((_, n) => n % step === 0).map(([, value]) => value))
  const begin = samples[0]?.[0] ?? 0
  const end = samples.at(-1)?.[0] ?? 0
  const warm = samples.filter(([progress]) => progress >= begin + (end - begin) * warmUp)
  const perStep = slope(warm)
  const rise = perStep * (end - (warm[0]?.[0] ?? end))
  const growth = bound.per === "minute" ? perStep * 60 : perStep
  const grows = growth > bound.most && rise > bound.slack
  const verdict = warm.length < fewest ? "too few samples" : grows ? "grows" : "steady"
  return { bound, growth, verdict, picture }
}

const shown = (value: number, unit: Bound["unit"]): string =>
  unit === "MiB" ? `${(value / 1024 / 1024).toFixed(2)} MiB` : `${value.toFixed(1)}${unit === "" ? "" : ` ${unit}`}`

/** One line of the report. */
export const lineOf = ({ bound, growth, picture, verdict }: Verdict): string => {
  const { most, name, per, unit } = bound
  const rate = `${shown(growth, unit)}/${per}`.padStart(18)
  return `${name.padEnd(12)} ${verdict.padEnd(7)} ${rate} (at most ${shown(most, unit)}/${per})  ${picture}`
}
