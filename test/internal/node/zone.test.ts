/** Zones of link-local addresses. They need an interface that has such an address. */
import * as os from "node:os"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Names from "../../../src/Names.ts"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import { isThere, start } from "../../cli/spawn.ts"

const node = Effect.provide(NodeNetwork.layer)

/** A link-local address of this machine, with the name and the number of its interface. */
const local = Object.entries(os.networkInterfaces())
  .flatMap(([name, infos = []]) => infos.map(info => ({ name, ...info })))
  .flatMap(info => (info.family === "IPv6" && info.scopeid > 0 ? [info] : []))[0]

const { address, name, scopeid } = local ?? { address: "", name: "", scopeid: 0 }

describe("the zone of a link-local address", () => {
  const none = local === undefined ? " (skipped: this machine has no link-local address)" : ""
  it.scopedLive.skipIf(none !== "")(`may be the number of an interface, which means the same as its name${none}`, () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen(`[${address}%${scopeid}]:0`)
      const { port } = listener.address as { readonly port: number }
      assert.strictEqual(`${listener.address}`, `[${address}%${name}]:${port}`)
      for (const zone of [name, scopeid]) {
        const socket = yield* Network.connect(`[${address}%${zone}]:${port}`)
        assert.deepStrictEqual(socket.remoteAddress, listener.address)
        const accepted = yield* listener.accept
        assert.deepStrictEqual(accepted.remoteAddress, socket.localAddress)
        assert.deepStrictEqual(accepted.localAddress, listener.address)
      }
    }).pipe(node)
  )

  for (const [what, zone] of [
    ["a zone that no interface has as its name", "%nosuch0"],
    ["a zone that no interface has as its number", "%987654"],
    ["a missing zone", ""]
  ] as const) {
    it.scopedLive(`${what} fails with InvalidZone, and the address is not used`, () =>
      Effect.gen(function* () {
        const host = `fe80::1${zone}`
        const meaning =
          "a link-local address needs a network interface of this machine as its zone, as in fe80::1%eth0; " +
          "Node accepts only letters, digits, . and - in the name of the interface"
        const refused = yield* Effect.flip(Network.connect(`[${host}]:808`, { timeout: "10 seconds" }))
        assert.deepInclude(refused, { _tag: "ConnectError", reason: "InvalidZone", code: "ENODEV" })
        assert.strictEqual(refused.message, `connect [${host}]:808: ${meaning} (ENODEV)`)
        const unbound = yield* Effect.flip(Network.listen(`[${host}]:0`))
        assert.deepInclude(unbound, { _tag: "ListenError", reason: "InvalidZone", code: "ENODEV" })
        assert.strictEqual(unbound.message, `listen [${host}]:0: ${meaning} (ENODEV)`)
      }).pipe(node)
    )
  }

  const bridges = isThere("unshare", ["-n", "ip", "link", "set", "lo", "up"]) ? "" : " (skipped: no network namespaces)"
  it.scopedLive.skipIf(bridges !== "")(
    `of an interface whose name Node does not accept fails with InvalidZone, by name and by number${bridges}`,
    () =>
      Effect.gen(function* () {
        const run = `exec "${process.execPath}" --import tsx test/fixtures/oddInterface.ts`
        const script = `ip link add br_lan type veth peer name veth1 && ${run}`
        const running = yield* start("unshare", ["-n", "sh", "-c", script])
        const [line] = yield* running.wrote("stdout", /\[.*\]/)
        assert.deepStrictEqual(JSON.parse(line), ["InvalidZone", "InvalidZone", "InvalidZone", "InvalidZone"])
      })
  )

  it.scopedLive("in the list of interfaces is a name that listen accepts", () =>
    Effect.gen(function* () {
      const addresses = (yield* Names.interfaces).flatMap(one => one.addresses)
      for (const { host } of addresses.filter(one => one.host.startsWith("fe80:"))) {
        const listener = yield* Network.listen({ host, port: 0 })
        assert.include(`${listener.address}`, host)
      }
    }).pipe(node)
  )
})
