/** The guide lists the examples, and the examples are short. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"

const root = path.resolve(import.meta.dirname, "../..")
const files = fs
  .readdirSync(path.join(root, "examples"), { recursive: true, encoding: "utf8" })
  .filter(file => file.endsWith(".ts"))

it("the guide says how to run each example", () => {
  const page = fs.readFileSync(path.join(root, "docs/guide/examples.md"), "utf8")
  const unknown = files.filter(file => path.basename(file) === "main.ts" && !page.includes(`\`${file}`))
  assert.deepStrictEqual(unknown, [])
})

it("no file of an example has more than 60 lines", () => {
  const long = files.filter(
    file => fs.readFileSync(path.join(root, "examples", file), "utf8").split("\n").length - 1 > 60
  )
  assert.deepStrictEqual(long, [])
})
