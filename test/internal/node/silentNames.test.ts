/** Names whose name server does not answer, in a network and with a name server of their own. Needs root on Linux. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isThere, start } from "../../cli/spawn.ts"

const reason = isThere("unshare", ["-n", "-m", "ip", "link", "set", "lo", "up"])
  ? ""
  : " (skipped: no network namespaces)"

const hosts = "127.0.0.1 localhost\n::1 localhost\n127.0.0.1 inhosts\n127.0.0.4 four.test\n"
const resolvConf = "nameserver 127.0.0.1\nsearch lan.test\noptions timeout:30\n"

const found = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "names-"))),
    folder => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )
  fs.writeFileSync(path.join(folder, "hosts"), hosts)
  fs.writeFileSync(path.join(folder, "resolv.conf"), resolvConf)
  const mounted = ["hosts", "resolv.conf"].map(file => `mount --bind ${folder}/${file} /etc/${file}`)
  const run = `exec "${process.execPath}" --import tsx test/fixtures/silentNames.ts`
  const script = ["ip link set lo up", ...mounted, run].join(" && ")
  const running = yield* start("unshare", ["-n", "-m", "sh", "-c", script])
  const [line] = yield* running.wrote("stdout", /\{.*\}/)
  return JSON.parse(line)
})

describe.skipIf(reason !== "")(`a name that its name server does not answer${reason}`, () => {
  it.scopedLive("holds one thread, however often it is tried, and delays no other name", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* found, {
        half: ["connected", "connected", "connected"],
        halfRunning: 1,
        silentRunning: 2,
        hosts: ["127.0.0.1"],
        hostsIPv6: "NoData",
        fast: ["127.0.0.1"],
        fastIPv6: "NoData",
        short: ["127.0.0.2"],
        connected: ["connected", "connected", "connected"],
        named: "three.test",
        namedByHosts: "four.test",
        runningAfter: 2
      })
    })
  )
})
