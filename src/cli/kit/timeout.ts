/**
 * Timeouts that do not lose a result that has already arrived. If the process was stopped or busy for longer than the
 * timeout, a result may wait in the event loop. So the event loop runs once more before the timeout counts.
 */

import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * Returns the time of a Clock in whole milliseconds, counted from an arbitrary start. Unlike the wall clock, this time
 * does not jump when a person or NTP sets the clock.
 */
export const monotonicOf = (clock: Clock.Clock): number => Math.floor(Number(clock.unsafeCurrentTimeNanos()) / 1e6)

/** Returns the time of the current Clock in milliseconds, as `monotonicOf` does. */
export const monotonic: Effect.Effect<number> = Effect.clockWith(clock => Effect.sync(() => monotonicOf(clock)))

const live = Context.get(DefaultServices.liveServices, Clock.Clock)

const realTurn = Effect.async<void>(resume => void setImmediate(() => resume(Effect.void)))

/** Sleeps, and then lets the event loop deliver events that have already arrived. */
export const sleep = (duration: Duration.DurationInput): Effect.Effect<void> =>
  Effect.clockWith(clock => Effect.zipRight(Effect.sleep(duration), clock === live ? realTurn : Effect.sleep(0)))

/**
 * Runs the effect. Fails with `onTimeout` if the effect has no result after `duration`. A result that has just arrived
 * still counts.
 */
export const timeoutFail = <A, E, R, E2>(
  effect: Effect.Effect<A, E, R>,
  duration: Duration.DurationInput,
  onTimeout: () => E2
): Effect.Effect<A, E | E2, R> => Effect.raceFirst(effect, Effect.zipRight(sleep(duration), Effect.failSync(onTimeout)))
