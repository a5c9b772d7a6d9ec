/** The torture: that it runs and ends, and that a table comes of it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isThere, start } from "./cli/spawn.ts"

/** As `npm run torture` starts it. */
const torture = (...args: ReadonlyArray<string>) =>
  Effect.flatMap(start(process.execPath, ["--import", "tsx", "stress/torture/main.ts", ...args]), it => it.ended)

const reason = isThere("prlimit", ["--version"]) ? "" : " (skipped: no prlimit here)"

describe.concurrent("npm run torture", () => {
  it.scopedLive.skipIf(reason !== "")(`a little of some loads: a row of each, all rows hold, exit 0${reason}`, () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* torture("--only", "burst,reset,descriptors", "--scale", "0.01")
      assert.deepStrictEqual([code, stderr], [0, ""], stdout)
      assert.match(stdout, /^\| 50 connections at once, each asks \| yes \| 0 \|/m)
      assert.match(stdout, /^\| 10 resets in the middle of a line \| yes \| 0 \|/m)
      assert.match(stdout, /^\| 200 connections at ulimit -n 60; \d+ turned away \| yes \| \d+ \|/m)
      assert.match(stdout, /\nverdict: all rows hold, [\d.]+ s\n$/)
    })
  )

  it.scopedLive("a load that is none is a usage error, exit 2, and nothing is run", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* torture("--only", "kindness")
      assert.strictEqual(code, 2)
      assert.notInclude(stdout, "ulimit")
    })
  )
})
