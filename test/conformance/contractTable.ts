/**
 * The contract as a table: what is promised, and of which transport. It is made of titles and of what the transports
 * say they cannot do, never of what this machine has.
 */
import * as Conformance from "../../src/Conformance.ts"

/** A column. */
export interface Column extends Conformance.Statement {
  readonly name: string
}

const cell = (text: string): string => text.replaceAll("|", "\\|")

const line = (cells: ReadonlyArray<string>): string => `| ${cells.map(cell).join(" | ")} |`

const header = `# The contract

What is promised of every connection and listener, and over which transports: \`yes\` where a test of that title runs, or
the reason why it cannot. Each row is a property of \`effect-sockets/Conformance\`. \`npm run contract\` writes this file.
`

export const contractTable = (columns: ReadonlyArray<Column>): string => {
  const tested = columns.map(Conformance.chapters)
  const chapters = (tested[0] ?? []).map(({ properties, title }, chapter) => {
    const rows = properties.map((property, n) =>
      line([property.title, ...tested.map(chapters => chapters[chapter]?.properties[n]?.skip ?? "yes")])
    )
    const head = line(["property", ...columns.map(({ name }) => name)])
    const rule = `|${"---|".repeat(columns.length + 1)}`
    return `## ${title.slice(0, 1).toUpperCase()}${title.slice(1)}\n\n${[head, rule, ...rows].join("\n")}\n`
  })
  return [header, ...chapters].join("\n")
}
