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

Each row is a promise about every connection and listener. It is also the title of the test that proves it. The columns are
the transports: \`yes\` if the test runs over the transport, or the reason why the transport cannot keep the promise. A peer
*ends* the stream in an orderly way, or *resets* it. A send is *in flight* once the transport has begun to take its bytes.

The tests are in \`effect-sockets/Conformance\`, which runs them over your own transport. \`npm run contract\` writes this
file.
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
