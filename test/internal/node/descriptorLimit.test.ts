/** The limit of file descriptors and the number of open ones, as Linux reports them. */
import * as fs from "node:fs"
import * as os from "node:os"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { descriptors, softLimit } from "../../../src/internal/node/descriptors.ts"
import { isThere, start } from "../../cli/spawn.ts"

it("the soft limit is read from the table of limits, if there is one", () => {
  const table = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \n` +
    `Max processes             127236               127236               processes \n` +
    `Max open files            ${soft.padEnd(21)}1048576              files     \n`
  assert.strictEqual(softLimit(table("1024")), 1024)
  assert.strictEqual(softLimit(table("unlimited")), Number.POSITIVE_INFINITY)
  assert.isUndefined(softLimit(""))
})

const noProc = fs.existsSync("/proc/self/limits") ? "" : " (skipped: no /proc/self/limits)"

it.effect.skipIf(noProc !== "")(`one more descriptor is open when a file is opened${noProc}`, () =>
  Effect.gen(function* () {
    const before = Option.getOrThrow(yield* descriptors)
    const file = fs.openSync(os.devNull, "r")
    const { limit, open } = Option.getOrThrow(yield* descriptors)
    fs.closeSync(file)
    assert.strictEqual(open, before.open + 1)
    assert.strictEqual(limit, before.limit)
    assert.isAbove(limit, open)
  })
)

const noLimit = isThere("sh", ["-c", "ulimit -n 256"]) ? noProc : " (skipped: sh has no ulimit -n)"

it.scopedLive.skipIf(noLimit !== "")(`a server warns when it starts if maxConnections is too high${noLimit}`, () =>
  Effect.gen(function* () {
    const words = `"${process.execPath}" --import tsx test/fixtures/manyConnections.ts`
    const running = yield* start("sh", ["-c", `ulimit -n 256; exec ${words}`])
    const { stdout } = yield* running.ended
    const [, open] =
      /maxConnections is 250, but only \d+ more files can be opened \(limit 256, (\d+) in use\)/.exec(stdout) ?? []
    assert.isAbove(Number(open), 6, stdout)
    assert.notInclude(stdout, "maxConnections is 100")
  })
)
