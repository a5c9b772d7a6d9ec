/**
 * The contract as a table of properties and transports. It depends on the titles and on what each transport states that
 * it cannot do, and never on what this machine supports.
 */
import * as Conformance from "../../src/Conformance.ts"

/** A column: a transport. */
export interface Column extends Conformance.Statement {
  readonly name: string
}

const cell = (text: string): string => text.replaceAll("|", "\\|")

const line = (cells: ReadonlyArray<string>): string => `| ${cells.map(cell).join(" | ")} |`

const header = `# The contract

Each row is a guarantee for every connection and listener, and the title of the test that checks it. The columns are the
transports. \`yes\` means that the test runs over the transport. Otherwise the cell has the reason why it cannot run. A peer
*ends* the stream in an orderly way, or *resets* it. A send is *in flight* from the moment when the transport begins to take
its bytes until it has taken all of them.

The tests are in \`effect-sockets/Conformance\`, which can also test your own transport. \`npm run contract\` writes this file.
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
