/** The program without a command. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { start } from "./spawn.ts"

it.scopedLive(
  "tsx src/main.ts runs the lesson: it prints one line, writes nothing to stderr, and exits with 0 by itself",
  () =>
    Effect.gen(function* () {
      const lesson = yield* start("node_modules/.bin/tsx", ["src/main.ts"])
      assert.deepStrictEqual(yield* lesson.ended, { code: 0, stdout: "Connection Established\n", stderr: "" })
    })
)
