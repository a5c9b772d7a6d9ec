/** The printed tables of figures and ratios. All functions are pure. */
import { titles } from "./contenders.ts"
import type { Comparison, Spread } from "./samples.ts"
import type { Row, Table, Verdict } from "./verdicts.ts"

/** Formats a number with about three significant digits. */
export const number = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)

export const spread = ({ highest, lowest, median }: Spread): string =>
  lowest === highest ? number(median) : `${number(median)} [${number(lowest)}-${number(highest)}]`

const ratio = (comparison: Comparison | undefined): string =>
  comparison === undefined ? "" : "ratio" in comparison ? spread(comparison.ratio) : comparison.refused

/** Aligns rows in columns as wide as their widest cell. The first column is left-aligned, the others right-aligned. */
export const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? "").length)))
  return rows
    .map(row =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

export const cpuTitle = (unit: Table["unit"] | undefined): string =>
  unit === "MiB/s" ? "CPU s/GiB" : unit === "per second" ? "CPU us each" : ""

const extras: Readonly<Record<string, (value: Spread) => string>> = {
  readAhead: value => `${spread(scaled(value, 1024))} KiB read ahead`,
  p50: value => `p50 ${number(value.median)} us`,
  p99: value => `p99 ${number(value.median)} us`,
  p999: value => `p99.9 ${number(value.median)} us`,
  peakRss: value => `peak ${number(value.median / 1024 / 1024)} MiB`
}

const scaled = ({ highest, lowest, median }: Spread, by: number): Spread => ({
  median: median / by,
  lowest: lowest / by,
  highest: highest / by
})

const othersOf = ({ others }: Row): string =>
  Object.entries(others)
    .flatMap(([key, value]) => extras[key]?.(value) ?? [])
    .join(", ")

export const tableText = ({ rows, title, unit, workload }: Table): string => {
  const head = [`${workload}: ${title}`, unit, cpuTitle(unit), "stall ms", "ratio", "CPU ratio", ""]
  const body = rows.map(row => [
    `  ${titles[row.contender] ?? row.contender}`,
    spread(row.figure),
    row.cpu === undefined ? "" : spread(row.cpu),
    row.stall === undefined ? "" : spread(row.stall),
    ratio(row.ratio),
    row.cpuRatio !== undefined && "ratio" in row.cpuRatio ? number(row.cpuRatio.ratio.median) : "",
    othersOf(row)
  ])
  return columns([head, ...body])
}

const mark = (limit: number | undefined, isMet: boolean | undefined): string =>
  limit === undefined ? "" : `${number(limit)} ${isMet === undefined ? "?" : isMet ? "met" : "MISSED"}`

export const verdictText = (verdicts: ReadonlyArray<Verdict>): string =>
  columns([
    ["workload", "compared to", "value", "floor", "goal"],
    ...verdicts.map(({ floorMet, goal, goalMet, value }) => [
      `${goal.workload}${goal.of === "figure" ? "" : ` ${goal.of}`}${goal.better === "lower" ? ", at most" : ""}`,
      goal.to === undefined ? "" : `${goal.to}${goal.toWorkload === undefined ? "" : `'s ${goal.toWorkload}`}`,
      ratio(value),
      mark(goal.floor, floorMet),
      mark(goal.goal, goalMet)
    ])
  ])

const against = ["data", "onread", "readline", "tls", "platform3", "effect4", "python", "asyncio", "c"] as const

/** A Markdown table with a line for each workload: the figure of effect-sockets, and its ratio to each other contender. */
export const summary = (tables: ReadonlyArray<Table>): string => {
  const rows = tables.flatMap(({ rows, title, unit }) => {
    const ours = rows.find(({ contender }) => contender === "ours")
    if (ours === undefined) return []
    const ratios = against.map(name => {
      const found = rows.find(({ contender }) => contender === name)?.ratio
      return found !== undefined && "ratio" in found ? number(found.ratio.median) : ""
    })
    return [[title, `${number(ours.figure.median)} ${unit}`, ours.cpu ? number(ours.cpu.median) : "", ...ratios]]
  })
  const head = ["workload", "effect-sockets", "CPU", ...against.map(name => titles[name] ?? name)]
  return [head, head.map(() => "---"), ...rows].map(cells => `| ${cells.join(" | ")} |`).join("\n")
}
