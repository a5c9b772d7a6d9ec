/** Listeners that share a port. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Listener from "../../../src/Listener.ts"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as SimulatedNetwork from "../../../src/SimulatedNetwork.ts"

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
const canShare = process.platform === "linux" && (major > 22 || (major === 22 && minor >= 12))

const isUnsupported = (address: Network.Target) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Network.listen(address, { reusePort: true }))
    assert.deepInclude(error, { _tag: "ListenError", reason: "Unsupported" })
  })

describe("reusePort", () => {
  it.scopedLive.skipIf(!canShare)(
    `two listeners share a port, and each gets connections${canShare ? "" : " (needs Linux and Node 22.12)"}`,
    () =>
      Effect.gen(function* () {
        const one = yield* Network.listen("127.0.0.1:0", { reusePort: true })
        const two = yield* Network.listen(one.address, { reusePort: true })
        const served = new Set<Listener.Listener>()
        const serve = (listener: Listener.Listener) =>
          Effect.forkScoped(Effect.forever(Effect.tap(listener.accept, () => Effect.sync(() => served.add(listener)))))
        yield* serve(one)
        yield* serve(two)
        while (served.size < 2) yield* Effect.scoped(Network.connect(one.address))
        const error = yield* Effect.flip(Network.listen(one.address))
        assert.strictEqual(error.reason, "AddressInUse")
      }).pipe(Effect.provide(NodeNetwork.layer))
  )

  it.scopedLive.skipIf(canShare)(`fails with Unsupported${canShare ? " (this machine supports it)" : ""}`, () =>
    isUnsupported("127.0.0.1:0").pipe(Effect.provide(NodeNetwork.layer))
  )

  it.scopedLive("fails with Unsupported on a Unix path", () =>
    isUnsupported("unix:/tmp/reuse-port.sock").pipe(Effect.provide(NodeNetwork.layer))
  )

  it.scopedLive("fails with Unsupported on a simulated network", () =>
    isUnsupported("127.0.0.1:0").pipe(Effect.provide(SimulatedNetwork.layer))
  )
})
