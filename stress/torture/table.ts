/** The rows as a Markdown table, as it is printed and as docs/TORTURE.md shows it. */

import type { Load } from "./loads.ts"
import { peakBound, type Row } from "./row.ts"

const mebibytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)

const head = [
  "load",
  "survived",
  "lost",
  "polite answers",
  "median, slowest (ms)",
  "peak memory (MiB, at most)",
  "after (MiB)",
  "peak rss (MiB)",
  "descriptors before, under load, after",
  "fibers before, under load, after",
  "seconds"
]

const line = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`

export const header = [line(head), line(head.map(() => "---"))].join("\n")

const notes = ({ after, attacked, before }: Row) => [
  ...(attacked.cut > 0
    ? [`${attacked.cut} closed by the server, the last after ${attacked.slowestCut.toFixed(0)} ms`]
    : []),
  ...(after.starved > before.starved ? [`${after.starved - before.starved} refused`] : [])
]

export const lineOf = (load: Load, count: number, row: Row) => {
  const { after, attacked, before, broken, during, polite } = row
  return line([
    [row.title, ...notes(row)].join("; "),
    broken.length === 0 ? "yes" : `no: ${broken.join(", ")}`,
    String(attacked.lost + polite.lost),
    String(polite.answered),
    [polite.median, polite.slowest].map(it => it.toFixed(1)).join(", "),
    `${mebibytes(after.peak - before.memory)} (${mebibytes(peakBound(load, count))})`,
    mebibytes(after.memory - before.memory),
    mebibytes(after.peakRss),
    [before, during, after].map(it => it.descriptors).join(", "),
    [before, during, after].map(it => it.fibers).join(", "),
    row.seconds.toFixed(1)
  ])
}
