/** A server whose computer's clock is set while it runs, as NTP and people do. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Network from "../../src/Network.ts"
import * as Server from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { settableClock } from "../settableClock.ts"

const hour = 3_600_000

describe("handlerTimeout", () => {
  for (const [how, jump] of [
    ["forward", hour],
    ["back", -hour]
  ] as const) {
    it.scoped(`passes after its time, also if the clock of the computer is set ${how} by an hour`, () =>
      Effect.gen(function* () {
        const { clock, set } = yield* settableClock
        const ages: Array<number> = []
        const listener = yield* Network.listen("127.0.0.1:0")
        const serving = Server.serve(listener, () => Effect.never, {
          handlerTimeout: "10 seconds",
          onOutcome: ({ age, reason }) =>
            Effect.sync(() => {
              assert.strictEqual(reason, "TimedOut")
              ages.push(Duration.toMillis(age))
            })
        })
        const fiber = yield* Effect.fork(Effect.withClock(serving, clock))
        yield* Network.connect(listener.address)
        yield* TestClock.adjust("4 seconds")
        yield* Network.connect(listener.address)
        yield* set(jump)
        yield* TestClock.adjust("6 seconds")
        assert.deepStrictEqual(ages, [10_000])
        yield* TestClock.adjust("4 seconds")
        assert.deepStrictEqual(ages, [10_000, 10_000])
        yield* Fiber.interrupt(fiber)
      }).pipe(Effect.provide(SimulatedNetwork.layer))
    )
  }
})
