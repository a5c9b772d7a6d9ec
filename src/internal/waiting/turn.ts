/**
 * Timeouts that let the event loop look for a result before they count. If the process was busy or asleep for longer
 * than the timeout, the event loop runs the timer first, and the result that has arrived waits behind it.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** The Clock of programs that run in real time. */
export const liveClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** Some platforms do not have `setImmediate`. Between two timers, the event loop need not look for input. */
const { setImmediate } = globalThis as { readonly setImmediate?: (callback: () => void) => unknown }

/** Runs the callback after one turn of the event loop. */
export const afterTurn = (callback: () => void): void => {
  if (setImmediate === undefined) Effect.runFork(Effect.zipRight(liveClock.sleep(Duration.zero), Effect.sync(callback)))
  else setImmediate(callback)
}

const realTurn = Effect.async<void>(resume => afterTurn(() => resume(Effect.void)))

/** Waits for one turn of the event loop. Another Clock than the live one runs what is due at the same time. */
const turn: Effect.Effect<void> = Effect.clockWith(clock =>
  clock === liveClock ? realTurn : clock.sleep(Duration.zero)
)

/** Sleeps, and then lets the event loop look for results that have arrived. */
export const sleep = (duration: Duration.DurationInput): Effect.Effect<void> =>
  Effect.zipRight(Effect.sleep(duration), turn)

/** Does what `Effect.timeoutOption` does, but lets the event loop look for the result before it returns `None`. */
export const timeoutOption = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  duration: Duration.DurationInput
): Effect.Effect<Option.Option<A>, E, R> =>
  // Uninterruptible, so that an interrupted caller waits for the finalizers of `effect`.
  Effect.uninterruptibleMask(restore =>
    Effect.raceFirst(
      Effect.asSome(restore(effect)),
      Effect.as(Effect.interruptible(sleep(duration)), Option.none<never>())
    )
  )
