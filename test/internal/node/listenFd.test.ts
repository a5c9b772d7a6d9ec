/** Listening on descriptors that another program has opened, as systemd's socket activation does. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isThere, start } from "../../cli/spawn.ts"

const reason =
  process.platform !== "linux"
    ? " (skipped: only Linux reports the path of an inherited Unix socket)"
    : isThere("python3", ["-c", "import socket"])
      ? ""
      : " (skipped: there is no python3, which opens the sockets)"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "inherit-"))),
  folder => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const told = Effect.gen(function* () {
  const file = path.join(yield* folder, "x.sock")
  const fixture = [process.execPath, "--import", "tsx", "test/fixtures/listenFd.ts"]
  const { code, stderr, stdout } = yield* (yield* start("python3", ["test/fixtures/inherit.py", file, ...fixture]))
    .ended
  assert.strictEqual(code, 0, stderr)
  const told: {
    readonly served: ReadonlyArray<ReadonlyArray<string>>
    readonly refused: ReadonlyArray<ReadonlyArray<string>>
  } = JSON.parse(stdout)
  return { ...told, file }
})

describe.skipIf(reason !== "")(`an inherited descriptor${reason}`, () => {
  it.scopedLive("is listened on at its address, only once, until the Scope closes it; a Unix path is not removed", () =>
    Effect.gen(function* () {
      const { file, served } = yield* told
      const [tcp, unix] = served
      assert.match(tcp?.[0] ?? "", /^127\.0\.0\.1:\d+$/)
      const inUse = (fd: number) => `listen descriptor ${fd}: this process already listens on it (EEXIST)`
      assert.deepStrictEqual(tcp?.slice(1), ["hello", inUse(3), "closed"])
      assert.deepStrictEqual(unix, [`unix:${file}`, "hello", inUse(4), "closed"])
      assert.isTrue(fs.existsSync(file))
    })
  )

  it.scopedLive("that cannot listen is Unsupported: datagrams, a connection, a file, a pipe, and invalid numbers", () =>
    Effect.gen(function* () {
      const { refused } = yield* told
      const numbers = [5, 6, 7, 8, 77, -1, 1.5, Number.NaN, 2 ** 40, 2 ** 32 + 3]
      assert.strictEqual(refused.length, numbers.length)
      for (const [i, number] of numbers.entries()) {
        const [tag, reason, message] = refused[i] ?? []
        assert.deepStrictEqual([tag, reason], ["ListenError", "Unsupported"])
        assert.include(message, `listen descriptor ${number}: not a stream socket that can listen`)
      }
    })
  )
})
