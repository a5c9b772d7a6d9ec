/** A timer on any Clock. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import { ClockTimer } from "../../../../src/internal/simulated/time/clockTimer.ts"

const pump = Effect.map(
  Effect.all([Effect.clock, Effect.runtime<never>()]),
  ([clock, runtime]) => new ClockTimer(clock, runtime)
)

it.effect("callbacks run by time, then in the order in which they were added, however far the Clock is adjusted", () =>
  Effect.gen(function* () {
    const timer = yield* pump
    const happened: Array<string> = []
    const note = (at: number, what: string) => timer.at(at, () => happened.push(`${what} at ${timer.time}`))
    note(20, "d")
    note(10, "b")
    note(10, "c")
    const cancel = note(5, "a")
    note(5000, "e")
    timer.at(10, () => note(15, "chained"))
    cancel()
    yield* TestClock.adjust(9)
    assert.deepStrictEqual(happened, [])
    yield* TestClock.adjust(1)
    assert.deepStrictEqual(happened, ["b at 10", "c at 10"])
    yield* TestClock.adjust("1 hour")
    assert.deepStrictEqual(happened.slice(2), ["chained at 15", "d at 20", "e at 5000"])
  })
)

it.effect("an exception in a callback is logged, and the other callbacks still run", () => {
  const logged: Array<string> = []
  const logger = Logger.make(({ cause }) => void logged.push(String(cause)))
  return Effect.gen(function* () {
    const timer = yield* pump
    const happened: Array<string> = []
    timer.at(10, () => {
      throw new Error("on purpose")
    })
    timer.at(10, () => happened.push("then"))
    timer.at(20, () => happened.push("later"))
    yield* TestClock.adjust(10)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(happened, ["then", "later"])
    assert.match(logged.join(), /on purpose/)
  }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
})

it.effect("no callback runs after stop", () =>
  Effect.gen(function* () {
    const timer = yield* pump
    let happened = 0
    timer.at(10, () => happened++)
    yield* timer.stop
    timer.at(10, () => happened++)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(happened, 0)
  })
)

it.effect("no fiber sleeps when no callback is due", () =>
  Effect.gen(function* () {
    const timer = yield* pump
    const sleeper = () => (timer as unknown as { readonly sleeper: unknown }).sleeper
    const cancel = timer.at(10, () => {})
    assert.isDefined(sleeper())
    cancel()
    assert.isUndefined(sleeper())
    timer.at(10, () => {})
    yield* timer.stop
    assert.isUndefined(sleeper())
  })
)

it.effect("it is quiet when the callbacks of the current time have run, and nothing more happens", () =>
  Effect.gen(function* () {
    const timer = yield* pump
    const happened: Array<string> = []
    timer.at(0, () => {
      happened.push("due")
      timer.soon(() => happened.push("soon"))
    })
    const isQuiet = Effect.async<void>(resume => {
      timer.whenQuiet(
        () => resume(Effect.void),
        () => happened.length
      )
    })
    yield* isQuiet
    assert.deepStrictEqual(happened, ["due", "soon"])
    timer.at(10, () => happened.push("later"))
    yield* isQuiet
    assert.strictEqual(happened.length, 2)
  })
)
