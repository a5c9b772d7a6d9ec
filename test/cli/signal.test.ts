/** How a process handles signals. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
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

it.scopedLive("SIGHUP is a first signal like SIGINT: it does not end the process", () =>
  Effect.gen(function* () {
    const stubborn = yield* start(process.execPath, [...words.slice(0, 2), "test/cli/stubborn.ts", "nextThen130"])
    yield* stubborn.wrote("stdout", /^ready\n$/)
    yield* stubborn.kill("SIGHUP")
    yield* stubborn.wrote("stdout", /SIGHUP\n$/)
    yield* stubborn.kill("SIGHUP")
    assert.deepStrictEqual(yield* stubborn.ended, { code: 130, stdout: "ready\nSIGHUP\n", stderr: "" })
  })
)

it.scopedLive("a second signal ends the process at once", () => stubborn("next", 143))

it.scopedLive("a second signal while a server drains exits with 130, also if it is SIGTERM", () =>
  stubborn("nextThen130", 130)
)

it.scopedLive("a pending lookup does not delay the exit: the signal itself ends the process", () =>
  Effect.gen(function* () {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "stuck-"))
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true })))
    const fifo = path.join(folder, "fifo")
    execFileSync("mkfifo", [fifo])
    const env = { ...process.env, UV_THREADPOOL_SIZE: "1" }
    const stuck = yield* start(process.execPath, [...words.slice(0, 2), "test/cli/stuck.ts", fifo], { env })
    yield* stuck.wrote("stdout", /^ready\n$/)
    yield* stuck.kill("SIGINT")
    assert.deepStrictEqual(yield* stuck.ended, { code: null, stdout: "ready\n", stderr: "" })
  })
)
