/** The signals of a process. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { start, words } from "./spawn.ts"

it.scopedLive("the second signal ends the process at once, whatever it is still doing", () =>
  Effect.gen(function* () {
    const stubborn = yield* start(process.execPath, [...words.slice(0, 2), "test/cli/stubborn.ts"])
    yield* stubborn.wrote("stdout", /^ready\n$/)
    yield* stubborn.kill("SIGINT")
    yield* stubborn.wrote("stdout", /SIGINT\n$/)
    yield* stubborn.kill("SIGTERM")
    assert.deepStrictEqual(yield* stubborn.ended, { code: 143, stdout: "ready\nSIGINT\n", stderr: "" })
  })
)
