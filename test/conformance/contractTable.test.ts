import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Conformance from "../../src/Conformance.ts"
import { contractTable } from "./contractTable.ts"
import { tlsRows } from "./tls.ts"
import { rows as plainRows, tcp, unix } from "./transports.ts"

const rows = [...plainRows, ...tlsRows]

describe("docs/CONTRACT.md", () => {
  it("is what `npm run contract` writes", () => {
    const there = fs.readFileSync(path.resolve(import.meta.dirname, "../../docs/CONTRACT.md"), "utf8")
    assert.strictEqual(there, contractTable(rows))
  })

  it("has a row for every property, with yes or the reason why a transport cannot do it", () => {
    const table = contractTable([tcp, unix]).split("\n")
    for (const { properties } of Conformance.chapters(unix)) {
      for (const { skip, title } of properties) {
        assert.include(table, `| ${title.replaceAll("|", "\\|")} | yes | ${skip ?? "yes"} |`)
      }
    }
    assert.isAbove(
      table.filter(line => line.endsWith(" has no reset: abort closes, and the peer sees the end |")).length,
      5
    )
  })

  it("does not depend on what this machine supports", () => {
    const without = rows.map(row => ({ ...row, skip: "not available here" }))
    assert.strictEqual(contractTable(without), contractTable(rows))
  })

  it("has a column for each transport", () => {
    const more = contractTable([...rows, { ...unix, name: "another" }]).split("\n")
    assert.isTrue(more.filter(line => line.startsWith("| property")).every(line => line.endsWith(" | another |")))
  })
})

describe("the contract", () => {
  it("has unique titles", () => {
    const titles = Conformance.chapters(tcp).flatMap(({ properties }) => properties.map(({ title }) => title))
    assert.deepStrictEqual([...new Set(titles)], titles)
  })
})
