/** RFC 8305 with a TestClock. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { ResolveError } from "../../../src/SocketError.ts"
import { a4, a6, asked, b4, b6, c6, run } from "./race.ts"

describe("looking up", () => {
  it.effect("both families are looked up at the same time, and IPv6 addresses are tried at once", () =>
    Effect.gen(function* () {
      const { exit, log } = yield* run({ IPv6: [10, [a6]], IPv4: undefined, attempts: { [a6]: [5, "connected"] } })
      assert.deepStrictEqual(log, [...asked, `10 dial ${a6}`, "15 over", `60000 close ${a6}`])
      assert.deepStrictEqual(exit, Exit.succeed(a6))
    })
  )

  it.effect("IPv4 addresses wait 50 ms for the IPv6 answer, and no longer", () =>
    Effect.gen(function* () {
      const attempts = { [a4]: [5, "connected"], [a6]: [5, "connected"] } as const
      const never = yield* run({ IPv6: undefined, IPv4: [10, [a4]], attempts })
      assert.deepStrictEqual(never.log.slice(2, 4), [`60 dial ${a4}`, "65 over"])
      const late = yield* run({ IPv6: [59, [a6]], IPv4: [10, [a4]], attempts })
      assert.deepStrictEqual(late.log.slice(2, 4), [`59 dial ${a6}`, "64 over"])
    })
  )

  it.effect("IPv4 addresses are tried as soon as the IPv6 lookup fails", () =>
    Effect.gen(function* () {
      const attempts = { [a4]: [5, "connected"] } as const
      const { log } = yield* run({ IPv6: [20, "NoData"], IPv4: [10, [a4]], attempts })
      assert.deepStrictEqual(log.slice(2, 4), [`20 dial ${a4}`, "25 over"])
    })
  )

  it.effect("addresses of a late answer join the running race", () =>
    Effect.gen(function* () {
      const { log } = yield* run({
        IPv6: [100, [a6]],
        IPv4: [10, [a4, b4]],
        attempts: { [a4]: undefined, [a6]: [1, "connected"], [b4]: undefined }
      })
      assert.deepStrictEqual(log.slice(2), [
        `60 dial ${a4}`,
        `310 dial ${a6}`,
        `311 interrupt ${a4}`,
        "311 over",
        `60000 close ${a6}`
      ])
    })
  )

  it.effect("when all known addresses have failed, the race still waits for the other lookup", () =>
    Effect.gen(function* () {
      const { exit, log } = yield* run({
        IPv6: [2000, [a6]],
        IPv4: [10, [a4]],
        attempts: { [a4]: [1, "Refused"], [a6]: [1, "connected"] }
      })
      assert.deepStrictEqual(log.slice(2, 5), [`60 dial ${a4}`, `2000 dial ${a6}`, "2001 over"])
      assert.deepStrictEqual(exit, Exit.succeed(a6))
    })
  )

  const failures: ReadonlyArray<readonly [IPv6: ResolveError["reason"], IPv4: ResolveError["reason"], told: string]> = [
    ["NotFound", "NotFound", "NotFound"],
    ["NoData", "TryAgain", "TryAgain"],
    ["TryAgain", "NoData", "TryAgain"]
  ]
  for (const [IPv6, IPv4, told] of failures) {
    it.effect(`if IPv6 fails with ${IPv6} and IPv4 with ${IPv4}, the race fails with ${told} when both are known`, () =>
      Effect.gen(function* () {
        const { exit, log } = yield* run({ IPv6: [10, IPv6], IPv4: [20, IPv4], attempts: {} })
        assert.deepStrictEqual(log.slice(2), ["20 over"])
        assert.strictEqual(
          Exit.match(exit, {
            onFailure: cause => (cause._tag === "Fail" ? cause.error.reason : cause._tag),
            onSuccess: String
          }),
          told
        )
      })
    )
  }
})

describe("trying", () => {
  it.effect(
    "the families alternate, one attempt every 250 ms; the first to connect wins, and the others are interrupted",
    () =>
      Effect.gen(function* () {
        const { exit, log } = yield* run({
          IPv6: [0, [a6, b6, c6]],
          IPv4: [0, [a4, b4]],
          attempts: { [a6]: undefined, [a4]: undefined, [b6]: [400, "connected"], [b4]: undefined, [c6]: undefined }
        })
        assert.deepStrictEqual(log, [
          ...asked,
          `0 dial ${a6}`,
          `250 dial ${a4}`,
          `500 dial ${b6}`,
          `750 dial ${b4}`,
          `900 interrupt ${b4}`,
          `900 interrupt ${a4}`,
          `900 interrupt ${a6}`,
          "900 over",
          `60000 close ${b6}`
        ])
        assert.deepStrictEqual(exit, Exit.succeed(b6))
      })
  )

  it.effect("a failed attempt starts the next one at once, and the 250 ms count from then", () =>
    Effect.gen(function* () {
      const { log } = yield* run({
        IPv6: [0, [a6, b6, c6]],
        IPv4: [0, [a4]],
        attempts: { [a6]: [100, "Refused"], [a4]: undefined, [b6]: [10, "Refused"], [c6]: [5, "connected"] }
      })
      assert.deepStrictEqual(log.slice(2, 7), [
        `0 dial ${a6}`,
        `100 dial ${a4}`,
        `350 dial ${b6}`,
        `360 dial ${c6}`,
        `365 interrupt ${a4}`
      ])
    })
  )

  it.effect("a slow address can still win after all others have failed", () =>
    Effect.gen(function* () {
      const { exit } = yield* run({
        IPv6: [0, [a6]],
        IPv4: [0, [a4, b4]],
        attempts: { [a6]: [3000, "connected"], [a4]: [1, "Refused"], [b4]: [1, "Refused"] }
      })
      assert.deepStrictEqual(exit, Exit.succeed(a6))
    })
  )

  it.effect("when all attempts fail, the race fails at once with the last error", () =>
    Effect.gen(function* () {
      const { exit, log } = yield* run({
        IPv6: [0, [a6]],
        IPv4: [0, [a4]],
        attempts: { [a6]: [700, "TimedOut"], [a4]: [1, "Refused"] }
      })
      assert.deepStrictEqual(log.slice(2), [`0 dial ${a6}`, `250 dial ${a4}`, "700 over"])
      assert.strictEqual(exit._tag === "Failure" && exit.cause._tag === "Fail" && exit.cause.error.reason, "TimedOut")
    })
  )

  it.effect("if two attempts connect at the same moment, one is returned, and the other is closed before that", () =>
    Effect.gen(function* () {
      const { exit, log } = yield* run({
        IPv6: [0, [a6]],
        IPv4: [0, [a4]],
        attempts: { [a6]: [260, "connected"], [a4]: [10, "connected"] }
      })
      const winner = Exit.isSuccess(exit) ? exit.value : ""
      const loser = winner === a6 ? a4 : a6
      assert.include(log.slice(-3)[0], loser)
      assert.deepStrictEqual(log.slice(-2), ["260 over", `60000 close ${winner}`])
      assert.strictEqual(log.filter(line => /close|interrupt/.test(line)).length, 2)
    })
  )
})
