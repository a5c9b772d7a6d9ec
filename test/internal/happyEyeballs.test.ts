/** RFC 8305 under a clock that only the test moves. */
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { race } from "../../src/internal/happyEyeballs.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { ConnectError, type ConnectReason, ResolveError } from "../../src/SocketError.ts"

/** After so many milliseconds: addresses, or why there are none. `undefined` never comes. */
type Answer = readonly [after: number, hosts: Arr.NonEmptyReadonlyArray<string> | ResolveError["reason"]] | undefined

/** After so many milliseconds: connected, or why not. `undefined` never comes. */
type Attempt = readonly [after: number, outcome: "connected" | ConnectReason] | undefined

interface Scenario {
  readonly IPv6: Answer
  readonly IPv4: Answer
  readonly attempts: Readonly<Record<string, Attempt>>
}

const after = <A, E>([millis, effect]: readonly [number, Effect.Effect<A, E>]) => Effect.delay(effect, millis)

/** Runs a race, and writes down what happened when: `"250 dial a"`. */
const start = (scenario: Scenario) =>
  Effect.gen(function* () {
    const log: Array<string> = []
    const began = yield* Clock.currentTimeMillis
    const note = (what: string) =>
      Effect.map(Clock.currentTimeMillis, now => {
        log.push(`${now - began} ${what}`)
      })
    const resolve = (family: SocketAddress.Inet["family"]) =>
      Effect.gen(function* () {
        yield* note(`ask ${family}`)
        const [millis, answer] = scenario[family] ?? (yield* Effect.never)
        return typeof answer === "string"
          ? yield* after([millis, Effect.fail(new ResolveError({ reason: answer, host: family }))])
          : yield* after([millis, Effect.succeed(Arr.map(answer, inet))])
      })
    const dial = (address: SocketAddress.Inet) =>
      Effect.gen(function* () {
        yield* note(`dial ${address.host}`)
        const [millis, outcome] = scenario.attempts[address.host] ?? (yield* Effect.never)
        yield* Effect.sleep(millis)
        if (outcome !== "connected") return yield* new ConnectError({ reason: outcome, address, attempts: [] })
        return yield* Effect.acquireRelease(Effect.succeed(address.host), () => note(`close ${address.host}`))
      }).pipe(Effect.onInterrupt(() => note(`interrupt ${address.host}`)))
    const scope = yield* Scope.make()
    const fiber = yield* Effect.fork(Effect.onExit(Scope.extend(race({ resolve, dial }), scope), () => note("over")))
    return { fiber, log, scope }
  })

const inet = (host: string) => SocketAddress.unsafeInet(host, 808)

/** Runs a race for so long, and closes the scope that it was in. */
const run = (scenario: Scenario, millis = 60_000) =>
  Effect.gen(function* () {
    const { fiber, log, scope } = yield* start(scenario)
    yield* TestClock.adjust(Duration.millis(millis))
    const exit = yield* Effect.exit(Fiber.join(fiber))
    yield* Scope.close(scope, Exit.void)
    return { log, exit }
  })

const asked = ["0 ask IPv6", "0 ask IPv4"]
const [a6, b6, c6] = ["2001:db8::a", "2001:db8::b", "2001:db8::c"] as const
const [a4, b4] = ["192.0.2.1", "192.0.2.2"] as const

describe("looking up", () => {
  it.effect("both families are asked for together, and an IPv6 answer is used at once", () =>
    Effect.gen(function* () {
      const { exit, log } = yield* run({ IPv6: [10, [a6]], IPv4: undefined, attempts: { [a6]: [5, "connected"] } })
      assert.deepStrictEqual(log, [...asked, `10 dial ${a6}`, "15 over", `60000 close ${a6}`])
      assert.deepStrictEqual(exit, Exit.succeed(a6))
    })
  )

  it.effect("an IPv4 answer waits 50 ms for the IPv6 one, and no longer", () =>
    Effect.gen(function* () {
      const attempts = { [a4]: [5, "connected"], [a6]: [5, "connected"] } as const
      const never = yield* run({ IPv6: undefined, IPv4: [10, [a4]], attempts })
      assert.deepStrictEqual(never.log.slice(2, 4), [`60 dial ${a4}`, "65 over"])
      const late = yield* run({ IPv6: [59, [a6]], IPv4: [10, [a4]], attempts })
      assert.deepStrictEqual(late.log.slice(2, 4), [`59 dial ${a6}`, "64 over"])
    })
  )

  it.effect("an IPv4 answer waits no more when IPv6 has none", () =>
    Effect.gen(function* () {
      const attempts = { [a4]: [5, "connected"] } as const
      const { log } = yield* run({ IPv6: [20, "NoData"], IPv4: [10, [a4]], attempts })
      assert.deepStrictEqual(log.slice(2, 4), [`20 dial ${a4}`, "25 over"])
    })
  )

  it.effect("addresses that come late join the race where it is", () =>
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

  it.effect("when all have failed, the other family's answer is still waited for", () =>
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
    it.effect(`IPv6 ${IPv6} and IPv4 ${IPv4} is ${told}, as soon as both are known`, () =>
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
    "the families take turns, one attempt each 250 ms; the first to connect wins and the others are undone",
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

  it.effect("a failure begins the next attempt at once, and the 250 ms count from there", () =>
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

  it.effect("a slow address may still win when all others have failed", () =>
    Effect.gen(function* () {
      const { exit } = yield* run({
        IPv6: [0, [a6]],
        IPv4: [0, [a4, b4]],
        attempts: { [a6]: [3000, "connected"], [a4]: [1, "Refused"], [b4]: [1, "Refused"] }
      })
      assert.deepStrictEqual(exit, Exit.succeed(a6))
    })
  )

  it.effect("when all fail, the last failure is told as soon as it is known", () =>
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

  it.effect("of two that connect at the same moment one is given, and the other is closed before that", () =>
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

describe("interruption and defects", () => {
  it.effect("interrupted at any moment, the race leaves no attempt and nothing that was acquired", () =>
    Effect.gen(function* () {
      for (const millis of [0, 5, 60, 200, 311, 400, 600]) {
        const { fiber, log, scope } = yield* start({
          IPv6: [5, [a6, b6]],
          IPv4: [10, [a4]],
          attempts: { [a6]: undefined, [a4]: undefined, [b6]: undefined }
        })
        yield* TestClock.adjust(Duration.millis(millis))
        yield* Fiber.interrupt(fiber)
        const dialed = log.filter(line => line.includes("dial")).length
        assert.strictEqual(log.filter(line => line.includes("interrupt")).length, dialed, log.join("\n"))
        const length = log.length
        yield* Scope.close(scope, Exit.void)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(log.length, length, "nothing happens afterwards")
      }
    })
  )

  it.effect("in a region that cannot be interrupted, a loser does not hold up the winner", () =>
    Effect.gen(function* () {
      const { log } = yield* Effect.uninterruptible(
        run({ IPv6: [0, [a6, b6]], IPv4: undefined, attempts: { [a6]: undefined, [b6]: [5, "connected"] } })
      )
      const raced = [`0 dial ${a6}`, `250 dial ${b6}`, `255 interrupt ${a6}`, "255 over", `60000 close ${b6}`]
      assert.deepStrictEqual(log.slice(2), raced)
    })
  )

  for (const [what, bug, tag] of [
    ["defect", Effect.dieMessage("a bug"), "Die"],
    ["interruption from within", Effect.interrupt, "Interrupt"]
  ] as const) {
    it.effect(`a ${what} of a lookup, of one family's too, or of an attempt is the race's`, () =>
      Effect.gen(function* () {
        const found = () => Effect.succeed(Arr.of(inet(a6)))
        for (const course of [
          { resolve: () => bug, dial: () => Effect.never },
          { resolve: (family: string) => (family === "IPv4" ? bug : found()), dial: () => Effect.never },
          { resolve: found, dial: () => bug }
        ]) {
          const exit = yield* Effect.exit(Effect.scoped(race(course)))
          assert.strictEqual(exit._tag === "Failure" && exit.cause._tag, tag)
        }
      })
    )
  }

  it.effect(
    "an attempt that can no longer be interrupted and connects after all is closed before the winner is given",
    () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const connected = (host: string) =>
          Effect.acquireRelease(Effect.succeed(host), () => Effect.sync(() => log.push(`close ${host}`)))
        const fiber = yield* race({
          resolve: family => Effect.succeed(Arr.of(inet(family === "IPv6" ? a6 : a4))),
          dial: ({ family, host }) =>
            family === "IPv4" ? connected(host) : Effect.uninterruptible(Effect.delay(connected(host), "300 millis"))
        }).pipe(
          Effect.tap(host => Effect.sync(() => log.push(`given ${host}`))),
          Effect.scoped,
          Effect.fork
        )
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Fiber.join(fiber), a4)
        assert.deepStrictEqual(log, [`close ${a6}`, `given ${a4}`, `close ${a4}`])
      })
  )
})
