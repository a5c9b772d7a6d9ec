/**
 * Timeouts that do not miss a result that has already arrived. If the process was busy or asleep for longer than a
 * timeout, the event loop runs the timer before it delivers the result. So these timeouts wait for one more turn of the
 * event loop before they pass.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"

/** The Clock of programs that run in real time. */
export const liveClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/**
 * `undefined` on some platforms. There, a timer of 0 ms is used, which is weaker: the event loop may run two timers
 * without reading input between them.
 */
const { setImmediate } = globalThis as { readonly setImmediate?: (callback: () => void) => unknown }

/** Runs the callback after one turn of the event loop. */
export const afterTurn = (callback: () => void): void => {
  if (setImmediate === undefined) Effect.runFork(Effect.zipRight(liveClock.sleep(Duration.zero), Effect.sync(callback)))
  else setImmediate(callback)
}

const realTurn = Effect.async<void>(resume => afterTurn(() => resume(Effect.void)))

/**
 * Waits for one turn of the event loop. With a Clock other than the live Clock, sleeps for 0 ms instead: this runs
 * everything that is due at the same time.
 */
const turn: Effect.Effect<void> = Effect.clockWith(clock =>
  clock === liveClock ? realTurn : clock.sleep(Duration.zero)
)

/** Sleeps, and then lets the event loop deliver the results that have arrived. */
export const sleep = (duration: Duration.DurationInput): Effect.Effect<void> =>
  Effect.zipRight(Effect.sleep(duration), turn)

/**
 * Works like `Effect.timeoutOption`. When the time is over, first lets the event loop deliver a result that has
 * arrived. Returns `None` only if there is no result.
 */
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

/**
 * Calls `callback` after this time, and after one more turn of the event loop. Uses the Clock of `runtime`. Returns a
 * function that stops this.
 */
export const alarm = (
  runtime: Runtime.Runtime<never>,
  duration: Duration.DurationInput,
  callback: () => void
): (() => void) => {
  // An uninterruptible caller has a runtime without this flag, but the fiber must be interruptible.
  const own = Runtime.enableRuntimeFlag(runtime, RuntimeFlags.Interruption)
  const fiber = Runtime.runFork(own)(Effect.zipRight(sleep(duration), Effect.sync(callback)))
  return () => fiber.unsafeInterruptAsFork(FiberId.none)
}
