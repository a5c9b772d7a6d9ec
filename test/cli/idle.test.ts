import { assert, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as silence from "../../src/cli/kit/silence.ts"
import { settableClock } from "../settableClock.ts"

for (const [how, jump] of [
  ["forward", 3_600_000],
  ["back", -3_600_000]
] as const) {
  it.effect(`--idle ends a connection after its time, also if the clock of the computer is set ${how} by an hour`, () =>
    Effect.gen(function* () {
      const { clock, set } = yield* settableClock
      const quiet = yield* Effect.withClock(silence.make("127.0.0.1:808", Option.some(Duration.seconds(10))), clock)
      const idle = yield* Effect.fork(Effect.flip(quiet.lasted))
      yield* TestClock.adjust("4 seconds")
      quiet.broken()
      yield* set(jump)
      yield* TestClock.adjust("9 seconds")
      assert.isNull(idle.unsafePoll())
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(idle)).what, "idle")
    })
  )
}
