/** Suggestions for words with typing errors, and numbers with nouns. */
import { assert, describe, it } from "@effect/vitest"
import { didYouMean } from "../../src/cli/kit/didYouMean.ts"
import { plural } from "../../src/cli/kit/plural.ts"

describe("a suggestion", () => {
  const known = ["pipe", "proxy", "-4", "-v", "--idle", "--json"]
  it.each([
    ["pip", "pipe"],
    ["PIPE", "pipe"],
    ["prxoy", "proxy"],
    ["--idel", "--idle"],
    ["-idle", "--idle"],
    ["--v", "-v"]
  ] as const)("for %s is %s", (word, name) => {
    assert.strictEqual(didYouMean(word, known), ` (did you mean ${name}?)`)
  })

  it.each(["frob", "pi", "-x", "-5", "--progress", ""])("for %j does not exist", word => {
    assert.strictEqual(didYouMean(word, known), "")
  })

  it("is the closest name", () => {
    assert.strictEqual(didYouMean("ports", ["posts.", "port", "parts"]), " (did you mean port?)")
  })
})

it("only one has a singular noun", () => {
  assert.deepStrictEqual(
    [0, 1, 2].map(count => plural(count, "byte")),
    ["0 bytes", "1 byte", "2 bytes"]
  )
})
