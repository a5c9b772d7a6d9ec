/** The figures of this process that must not grow, with the growth allowed for each. */
import { collect, descriptors, memory } from "../figures.ts"
import type { Bound } from "./verdict.ts"

const MiB = 1024 * 1024

/**
 * The heap is judged by the round, and strictly: a leak of 100 bytes for each round must be found within five minutes. The
 * other figures fluctuate with time.
 */
export const bounds = {
  descriptors: { name: "descriptors", unit: "", per: "minute", most: 1, slack: 2 },
  handles: { name: "handles", unit: "", per: "minute", most: 1, slack: 2 },
  fibers: { name: "fibers", unit: "", per: "minute", most: 1, slack: 2 },
  heap: { name: "heap", unit: "B", per: "round", most: 60, slack: 0.75 * MiB },
  rss: { name: "rss", unit: "MiB", per: "minute", most: 15 * MiB, slack: 48 * MiB },
  external: { name: "external", unit: "MiB", per: "minute", most: MiB, slack: 2 * MiB }
} as const satisfies Readonly<Record<string, Bound>>

export type Figure = keyof typeof bounds

export const names = Object.keys(bounds) as ReadonlyArray<Figure>

export type Figures = Readonly<Record<Figure, number>>

export const figures = (fibers: number): Figures => {
  collect()
  const { external, heapUsed, rss } = memory()
  return {
    descriptors: descriptors(),
    handles: process.getActiveResourcesInfo().length,
    fibers,
    heap: heapUsed,
    rss,
    external
  }
}

export const lineOf = (seconds: number, perSecond: number, figures: Figures): string => {
  const shown = names.map(name => {
    const value = figures[name]
    return `${name} ${bounds[name].unit === "" ? value : `${(value / MiB).toFixed(2)} MiB`}`
  })
  return [`${seconds.toFixed(1)} s`, `${perSecond.toFixed(1)} rounds/s`, ...shown].join(" · ")
}
