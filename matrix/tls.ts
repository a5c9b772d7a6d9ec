/** Runs the tests of TLS of this repository on a version of Node: its errors, its ends, and the contract over TLS. */
import * as path from "node:path"
import { type Ran, run } from "./run.ts"

const home = path.resolve(import.meta.dirname, "..")
const files = ["test/tls/", "test/conformance/tls"]

/** Returns the result with a last line such as `412 of 412`. Tests that were skipped do not count. */
export const tls = (node: string): Ran => {
  const { isGood, output } = run(home, node, [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=json",
    "--silent=true",
    ...files
  ])
  const report = /^\{.*\}$/m.exec(output)?.[0]
  if (report === undefined) return { isGood: false, output }
  const { numFailedTests, numPassedTests, testResults } = JSON.parse(report)
  const failed = testResults.flatMap((file: { readonly assertionResults: ReadonlyArray<Record<string, unknown>> }) =>
    file.assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => String(fullName))
  )
  const last = `${numPassedTests} of ${numPassedTests + numFailedTests}`
  return { isGood: isGood && numFailedTests === 0, output: [...failed, last].join("\n") }
}
