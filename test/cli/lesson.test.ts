/** The program without words. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { start } from "./spawn.ts"

it.scopedLive(
  "tsx src/main.ts is the lesson: one line on stdout, nothing on stderr, exit 0, and it ends by itself",
  () =>
    Effect.gen(function* () {
      const lesson = yield* start("node_modules/.bin/tsx", ["src/main.ts"])
      assert.deepStrictEqual(yield* lesson.ended, { code: 0, stdout: "Connection Established\n", stderr: "" })
    })
)
