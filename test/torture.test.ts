/** Tests that the torture run ends and prints its table. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isThere, start } from "./cli/spawn.ts"

/** Runs the torture as `npm run torture` does. */
const torture = (...args: ReadonlyArray<string>) =>
  Effect.flatMap(start(process.execPath, ["--import", "tsx", "stress/torture/main.ts", ...args]), it => it.ended)

const reason = isThere("prlimit", ["--version"]) ? "" : " (skipped: no prlimit here)"

describe.concurrent("npm run torture", () => {
  it.scopedLive.skipIf(reason !== "")(
    `a small part of three loads prints a row for each, and exits with 0${reason}`,
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* torture("--only", "burst,reset,descriptors", "--scale", "0.01")
        assert.deepStrictEqual([code, stderr], [0, ""], stdout)
        assert.match(stdout, /^\| 50 connections at once, a question each \| yes \| 0 \|/m)
        assert.match(stdout, /^\| 10 resets in the middle of a line \| yes \| 0 \|/m)
        assert.match(stdout, /^\| 200 connections at ulimit -n 60; \d+ refused \| yes \| \d+ \|/m)
        assert.match(stdout, /\nverdict: all rows hold, [\d.]+ s\n$/)
      })
  )

  it.scopedLive("an unknown load is a usage error: exit code 2, and nothing runs", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* torture("--only", "kindness")
      assert.strictEqual(code, 2)
      assert.notInclude(stdout, "ulimit")
    })
  )
})
