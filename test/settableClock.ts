import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Returns the Clock of the test with a wall clock that can be set forward or back. Its nanoseconds never jump. */
export const settableClock = Effect.map(Effect.clock, clock => {
  let offset = 0
  const settable: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + offset,
    currentTimeMillis: Effect.map(clock.currentTimeMillis, now => now + offset),
    unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
    currentTimeNanos: clock.currentTimeNanos,
    sleep: duration => clock.sleep(duration)
  }
  const set = (millis: number) =>
    Effect.sync(() => {
      offset += millis
    })
  return { clock: settable, set }
})
