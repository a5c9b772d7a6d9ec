/**
 * The time that is used to measure how long something takes. It comes from the nanoseconds of a Clock. Those of the
 * live Clock never go back. The wall clock is not used for timeouts, because it jumps when a person or NTP sets it.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Returns the time of a Clock in whole milliseconds since an unknown moment. Use it only to measure differences. */
export const monotonicOf = (clock: Clock.Clock): number => Math.floor(Number(clock.unsafeCurrentTimeNanos()) / 1e6)

/** The time of the current Clock in whole milliseconds since an unknown moment. Use it only to measure differences. */
export const monotonic: Effect.Effect<number> = Effect.clockWith(clock => Effect.sync(() => monotonicOf(clock)))
