/** The local ports that the system chooses: none is left, or it is the port of the target. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isThere, start } from "../../cli/spawn.ts"

/** Runs a command in a network namespace of its own, whose loopback is up. */
const inside = (command: string) => ["-rn", "sh", "-c", `ip link set lo up && ${command}`]

const here = isThere("unshare", inside("test -w /proc/sys/net/ipv4/ip_local_port_range"))

describe.skipIf(!here)(`local ports${here ? "" : " (skipped: unshare -rn does not work here)"}`, () => {
  const command = `exec "${process.execPath}" --import tsx test/fixtures/localPorts.ts`
  const found = Effect.runSync(
    Effect.cached(
      Effect.map(
        Effect.scoped(Effect.flatMap(start("unshare", inside(command)), ({ ended }) => ended)),
        ({ stderr, stdout }) => (stdout.startsWith("{") ? JSON.parse(stdout) : { stdout, stderr })
      )
    )
  )

  it.live("a connect that finds no free local port fails with NoLocalPort, and a retry succeeds when one is free", () =>
    Effect.gen(function* () {
      const { retried, usedUp } = yield* found
      const message = "connect 127.0.0.1:7000: no local port is free (EADDRNOTAVAIL)"
      const named = "connect localhost:7000: no local port is free (EADDRNOTAVAIL); tried 127.0.0.1:7000"
      assert.deepStrictEqual(usedUp, [
        [message, "NoLocalPort", true],
        [named, "NoLocalPort", true]
      ])
      assert.strictEqual(retried, "127.0.0.1:7000")
    })
  )

  it.live("a connect from a machine that has no address of the family fails with AddressNotAvailable", () =>
    Effect.gen(function* () {
      const message = (port: number) => `connect [::1]:${port}: address not available on this machine (EADDRNOTAVAIL)`
      assert.deepStrictEqual((yield* found).withoutIpv6, [
        [message(7000), "AddressNotAvailable", false],
        [message(0), "AddressNotAvailable", false]
      ])
    })
  )

  it.live("a connect that the system would connect to itself is Refused, and leaves the port free for a server", () =>
    Effect.gen(function* () {
      const { itself } = yield* found
      assert.lengthOf(itself, 12)
      for (const [message, reason, isRetryable] of itself) {
        assert.match(message, /^connect \S+:50010: connection refused \(ECONNREFUSED\)/)
        assert.deepStrictEqual([reason, isRetryable], ["Refused", true])
      }
    })
  )
})
