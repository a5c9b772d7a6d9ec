/**
 * Formats rows of words as a table. Each column is as wide as its widest word. A word may come from a peer, so it is
 * escaped and cannot start a new row. Pure.
 */
import * as escape from "./escape.ts"

export const columns = (words: ReadonlyArray<ReadonlyArray<string>>): string => {
  const rows = words.map(row => row.map(escape.line))
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => (row[i] ?? "").length)))
  return rows
    .map(
      row =>
        `${row
          .map((word, i) => word.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`
    )
    .join("")
}
