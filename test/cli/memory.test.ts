/** A client does not keep what it prints: 200 MiB need at most 100 MiB more memory than 1 MiB. */

import * as fs from "node:fs"
import * as path from "node:path"
import { assert, inject, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { peers } from "./peers.ts"
import { start } from "./spawn.ts"

const mebibyte = 1024 * 1024

const command = [process.execPath, path.join(inject("built"), "dist", "main.js")]

/** The peak memory of a process so far, in bytes. */
const peak = (pid: string) => {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))!
  return Number(kibibytes) * 1024
}

/** Runs the program, with its process id on stderr, and counts the bytes that it prints. */
const counted = 'sh -c \'echo $$ >&2; exec "$@"\' sh "$@" | wc -c'

/** The peak memory of a client that has printed this many MiB. */
const peakOf = (mebibytes: 1 | 200) =>
  Effect.scoped(
    Effect.gen(function* () {
      const peer = yield* peers[`sends${mebibytes}MiB`]
      const limits = ["--bufsize=65536", "--idle=1m", "--max-bytes", String(300 * mebibyte)]
      const words = ["client", ...limits, "127.0.0.1", peer.at["port"]!]
      const shell = yield* start("sh", ["-c", counted, "sh", ...command, ...words])
      const [, pid] = yield* shell.wrote("stderr", /^(\d+)\n/)
      yield* peer.connected
      const bytes = peak(pid!)
      peer.go()
      const { code, stderr, stdout } = yield* shell.ended
      assert.deepStrictEqual([code, stdout.trim(), stderr], [0, String(mebibytes * mebibyte + 1), `${pid}\n`])
      return bytes
    })
  )

const reason = fs.existsSync("/proc/self/status") ? "" : " (skipped: no /proc)"

it.live.skipIf(reason !== "")(
  `200 MiB, which is less than --max-bytes, arrive in a pipe, and memory stays flat${reason}`,
  () =>
    Effect.gen(function* () {
      const little = yield* peakOf(1)
      const much = yield* peakOf(200)
      assert.isBelow(much - little, 100 * mebibyte)
    }),
  120_000
)
