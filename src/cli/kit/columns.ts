/**
 * Formats rows of words as a table for people. Each column is as wide as its widest word. Pure.
 */
export const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
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
