/** The signals of a process. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { start, words } from "./spawn.ts"

const stubborn = (how: "next" | "nextThen130", code: number) =>
  Effect.gen(function* () {
    const stubborn = yield* start(process.execPath, [...words.slice(0, 2), "test/cli/stubborn.ts", how])
    yield* stubborn.wrote("stdout", /^ready\n$/)
    yield* stubborn.kill("SIGINT")
    yield* stubborn.wrote("stdout", /SIGINT\n$/)
    yield* stubborn.kill("SIGTERM")
    assert.deepStrictEqual(yield* stubborn.ended, { code, stdout: "ready\nSIGINT\n", stderr: "" })
  })

it.scopedLive("the second signal ends the process at once, whatever it is still doing", () => stubborn("next", 143))

it.scopedLive("so it does while a server drains, with 130 whichever it is", () => stubborn("nextThen130", 130))
