import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Conformance from "../../src/Conformance.ts"
import { contractTable } from "./contractTable.ts"
import { rows, tcp, unix } from "./transports.ts"

describe("docs/CONTRACT.md", () => {
  it("is what `npm run contract` writes", () => {
    const there = fs.readFileSync(path.resolve(import.meta.dirname, "../../docs/CONTRACT.md"), "utf8")
    assert.strictEqual(there, contractTable(rows))
  })

  it("has a row for every property, with why not where a transport cannot", () => {
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

  it("does not depend on what this machine has", () => {
    const without = rows.map(row => ({ ...row, skip: "there is none here" }))
    assert.strictEqual(contractTable(without), contractTable(rows))
  })

  it("has one more column for one more transport", () => {
    const more = contractTable([...rows, { ...unix, name: "another" }]).split("\n")
    assert.isTrue(more.filter(line => line.startsWith("| property")).every(line => line.endsWith(" | another |")))
  })
})

describe("the contract", () => {
  it("says everything once", () => {
    const titles = Conformance.chapters(tcp).flatMap(({ properties }) => properties.map(({ title }) => title))
    assert.deepStrictEqual([...new Set(titles)], titles)
  })
})
