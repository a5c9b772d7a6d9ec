import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Conformance from "../src/Conformance.ts"
import { withDefaults } from "../src/internal/conformance/kit/statement.ts"
import { chapters, run } from "../src/internal/conformance/suite.ts"
import * as Network from "../src/Network.ts"
import * as NodeNetwork from "../src/NodeNetwork.ts"
import { driver, tcp } from "./conformance/transports.ts"

const reasons = (statement: Conformance.Statement): ReadonlyArray<string> => [
  ...new Set(Conformance.chapters(statement).flatMap(({ properties }) => properties.flatMap(({ skip }) => skip ?? [])))
]

const first = (statement: Conformance.Statement): Conformance.Property =>
  Conformance.chapters(statement)[0]!.properties[0]!

const diesOf = (effect: Effect.Effect<void>) =>
  Effect.map(Effect.exit(effect), exit => {
    assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause), String(exit))
    const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    return error instanceof Error ? error.message : String(error)
  })

describe("Conformance", () => {
  const { layer } = NodeNetwork

  it("skips the properties about names and routes that were not stated, with the reason", () =>
    assert.sameMembers(
      [...reasons({ layer })],
      ["the statement has no names", "the statement has no unroutable address"]
    ))

  it("skips nothing for a transport that states everything", () => assert.deepStrictEqual(reasons(tcp), []))

  it("skips with the stated reason rather than with its own", () => {
    const cannot = {
      names: "it has no names",
      ports: "it has no ports",
      reset: "it has no reset",
      unroutable: "all is near"
    }
    assert.sameMembers([...reasons({ layer, cannot })], Object.values(cannot))
    assert.include(reasons({ ...tcp, cannot }), "it has no names")
  })

  it.live("a property may run again, and twice at the same time if the statement does not count what is open", () => {
    const { run } = first({ layer })
    return Effect.zipRight(run, Effect.all([run, run], { concurrency: 2 }))
  })

  it.live("a property dies with the error of a layer that fails", () =>
    Effect.map(diesOf(first({ layer: Layer.fail(new Error("no cable")) }).run), message =>
      assert.strictEqual(message, "no cable")
    )
  )

  it.live("a property that hangs, even uninterruptibly, dies after its timeout", () =>
    Effect.gen(function* () {
      const silent = Conformance.names({ ...driver, listen: () => Effect.uninterruptible(Effect.never) })
      const on = withDefaults({ layer: silent.layer({}) })
      const message = yield* diesOf(run(on, chapters[0]!.properties[0]!, "100 millis"))
      assert.strictEqual(message, "the property: did not finish within 100ms")
    })
  )

  it.live("names finds only the names it was given, and silent hosts never answer", () =>
    Effect.gen(function* () {
      const { free, layer, other } = Conformance.names(driver)
      assert.deepStrictEqual([free, other], ["127.0.0.1", "::1"])
      const hosts = Conformance.names(driver, { free: "::1", other: "127.0.0.1" })
      assert.deepStrictEqual([hosts.free, hosts.other], ["::1", "127.0.0.1"])
      const network = layer({ "a.test": ["192.0.2.1"] }, ["192.0.2.1"])
      yield* Effect.gen(function* () {
        const error = yield* Effect.flip(Network.connect({ host: "a.test", port: 1 }, { timeout: "20 millis" }))
        assert.strictEqual(error._tag === "ConnectError" && error.reason, "TimedOut")
        assert.deepStrictEqual([...(yield* Network.resolve("a.test"))], ["192.0.2.1"])
        assert.strictEqual((yield* Effect.flip(Network.resolve("b.test"))).reason, "NotFound")
      }).pipe(Effect.scoped, Effect.provide(network))
    })
  )
})
