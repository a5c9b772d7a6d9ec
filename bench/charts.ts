/**
 * The charts: the ratios of effect-sockets to the other contenders, and the growth of cost with the number of connections
 * and with the size of a frame. All functions are pure.
 */
import { titles } from "./contenders.ts"
import { dot, line, logarithmic, path, picture, text } from "./svg.ts"
import { cpuTitle, number } from "./table.ts"
import type { Row, Table } from "./verdicts.ts"

const colors: Readonly<Record<string, string>> = {
  ours: "#0969da",
  before: "#54aeff",
  data: "#1a7f37",
  onread: "#4ac26b",
  tls: "#1b7c83",
  platform3: "#bc4c00",
  effect4: "#8250df",
  python: "#9a6700",
  asyncio: "#d4a72c",
  c: "#57606a"
}

const grid = "#d0d7de"
const colorOf = (contender: string): string => colors[contender] ?? "#000000"

const legend = (names: ReadonlyArray<string>, x: number, y: number): ReadonlyArray<string> =>
  names.flatMap((name, i) => [
    dot(x + (i % 4) * 190, y + Math.floor(i / 4) * 18 - 4, colorOf(name)),
    text(x + (i % 4) * 190 + 9, y + Math.floor(i / 4) * 18, titles[name] ?? name)
  ])

const namesOf = (tables: ReadonlyArray<Table>): ReadonlyArray<string> =>
  Object.keys(titles).filter(name => tables.some(({ rows }) => rows.some(row => row.contender === name)))

/** Ratios of which more is better for effect-sockets. The ratio of a cost (`bytes each`) is inverted. */
const ratiosOf = ({ rows, unit }: Table) =>
  rows.flatMap(({ contender, ratio }) => {
    if (ratio === undefined || !("ratio" in ratio)) return []
    const { highest, lowest, median } = ratio.ratio
    return unit === "bytes each"
      ? [{ contender, median: 1 / median, lowest: 1 / highest, highest: 1 / lowest }]
      : [{ contender, median, lowest, highest }]
  })

/**
 * Draws a row for each workload. For each contender the row has a dot at the median ratio and a line from the lowest round
 * to the highest.
 */
export const ratioChart = (tables: ReadonlyArray<Table>, note: string): string => {
  const shown = tables.filter(table => table.group === "table" && ratiosOf(table).length > 0)
  const all = shown.flatMap(ratiosOf)
  const names = namesOf(shown).filter(name => name !== "ours")
  const [left, right, top, each] = [320, 800, 70, 26]
  const bottom = top + shown.length * each
  const bounds = [Math.min(0.5, ...all.map(r => r.lowest)), Math.max(2, ...all.map(r => r.highest))] as const
  const scale = logarithmic(bounds, [left, right], 2)
  const ticks = scale.ticks.flatMap(tick => [
    line(scale.at(tick), top, scale.at(tick), bottom, tick === 1 ? "#1f2328" : grid),
    text(scale.at(tick), top - 6, tick < 1 ? `1/${number(1 / tick).replace(/\.0+$/, "")}` : `${tick}`, "middle")
  ])
  const rows = shown.flatMap((table, i) => {
    const y = top + (i + 0.5) * each
    const dots = ratiosOf(table).flatMap(({ contender, highest, lowest, median }) => [
      line(scale.at(lowest), y, scale.at(highest), y, colorOf(contender), 2),
      dot(scale.at(median), y, colorOf(contender), 5)
    ])
    return [text(left - 10, y + 4, table.title, "end"), ...dots]
  })
  const title = "effect-sockets compared with the others: right of 1 it is faster or smaller"
  const height = bottom + 62
  return picture(840, height, title, [
    text(20, 26, title, "start", 15),
    text(20, 44, note, "start", 11),
    ...ticks,
    ...rows,
    ...legend(names, 30, bottom + 28)
  ])
}

interface Panel {
  readonly title: string
  readonly of: (row: Row) => number | undefined
}

const inMilliseconds = (key: string) => (row: Row) => {
  const value = row.others[key]
  return value === undefined ? undefined : value.median / 1000
}

const latencies: ReadonlyArray<Panel> = [
  { title: "latency, median, ms", of: inMilliseconds("p50") },
  { title: "latency, 99th percentile, ms", of: inMilliseconds("p99") },
  { title: "latency, 99.9th percentile, ms", of: inMilliseconds("p999") }
]

const memory: Panel = {
  title: "peak memory, MiB",
  of: ({ others }) => others["peakRss"] && others["peakRss"].median / 1024 / 1024
}

const lines = (tables: ReadonlyArray<Table>, panel: Panel, [left, top]: readonly [number, number]) => {
  const [right, bottom] = [left + 310, top + 180]
  const xOf = ({ group, job }: Table) => (group === "connections" ? job.connections : job.size)
  const series = namesOf(tables).map(name => ({
    name,
    points: tables.flatMap(table => {
      const row = table.rows.find(({ contender }) => contender === name)
      const value = row && panel.of(row)
      return value === undefined || !(value > 0) ? [] : [[xOf(table), value] as const]
    })
  }))
  const values = series.flatMap(({ points }) => points.map(([, value]) => value))
  if (values.length === 0) return []
  const xs = tables.map(xOf)
  const x = logarithmic([Math.min(...xs), Math.max(...xs)], [left, right], tables[0]?.group === "frames" ? 16 : 10)
  const y = logarithmic([Math.min(...values), Math.max(...values)], [bottom, top], 10)
  return [
    text(left, top - 8, panel.title, "start", 13),
    ...y.ticks.flatMap(tick => [
      line(left, y.at(tick), right, y.at(tick), grid),
      text(left - 5, y.at(tick) + 4, `${Number(tick.toPrecision(1))}`, "end", 10)
    ]),
    ...x.ticks.map(tick => text(x.at(tick), bottom + 15, tick.toLocaleString("en"), "middle", 10)),
    ...series.flatMap(({ name, points }) => [
      path(
        points.map(([a, b]) => [x.at(a), y.at(b)] as const),
        colorOf(name)
      ),
      ...points.map(([a, b]) => dot(x.at(a), y.at(b), colorOf(name), 3))
    ])
  ]
}

/** Draws small charts side by side, one for each figure. Returns undefined if fewer than two points were measured. */
export const growthChart = (
  tables: ReadonlyArray<Table>,
  group: "connections" | "frames",
  note: string
): string | undefined => {
  const shown = tables.filter(table => table.group === group && table.rows.length > 0)
  if (shown.length < 2) return undefined
  const title =
    group === "connections" ? "Echo of 1 KiB, by connections" : "Echo over 16 connections, by bytes of a frame"
  const throughput = { title: `throughput, ${shown[0]?.unit}`, of: (row: Row) => row.figure.median }
  const cpu = { title: cpuTitle(shown[0]?.unit), of: (row: Row) => row.cpu?.median }
  const charts = [throughput, ...latencies, cpu, memory].flatMap((panel, i) =>
    lines(shown, panel, [60 + (i % 2) * 390, 90 + Math.floor(i / 2) * 240])
  )
  return picture(840, 830, title, [
    text(20, 26, title, "start", 15),
    text(20, 44, note, "start", 11),
    ...charts,
    ...legend(namesOf(shown), 30, 800)
  ])
}
