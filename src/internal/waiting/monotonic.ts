/**
 * The time for measuring how long something takes. The wall clock jumps when a person or NTP sets it, so it must not
 * decide about a timeout. The nanoseconds of a Clock never go back and never jump.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Returns the time of a Clock in whole milliseconds from any start. */
export const monotonicOf = (clock: Clock.Clock): number => Math.floor(Number(clock.unsafeCurrentTimeNanos()) / 1e6)

/** The time of the current Clock in whole milliseconds from any start. */
export const monotonic: Effect.Effect<number> = Effect.clockWith(clock => Effect.sync(() => monotonicOf(clock)))
