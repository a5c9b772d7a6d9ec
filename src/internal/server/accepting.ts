/**
 * Accepts the next connection of a listener. If accepting fails and the listener is open, retries and logs warnings.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import type * as Socket from "../../Socket.ts"
import type { AcceptError } from "../../SocketError.ts"
import { monotonic } from "../waiting/index.ts"

const shortest = Duration.millis(5)

export const defaultRetry: Schedule.Schedule<unknown, AcceptError> = Schedule.exponential(shortest).pipe(
  Schedule.either(Schedule.spaced("1 second"))
)

/** The shortest time between two warnings that accepting failed, in milliseconds. */
const between = 5000

const isFinal = ({ reason }: AcceptError): boolean => reason === "Closed"

/**
 * Returns a function that logs a warning when accepting has failed, at most once in `between` milliseconds. If
 * accepting has failed more than once since the last warning, the warning says how often.
 */
const warner = () => {
  let last = Number.NEGATIVE_INFINITY
  let unsaid = 0
  return (error: AcceptError): Effect.Effect<void> =>
    Effect.flatMap(monotonic, now => {
      unsaid += 1
      if (now - last < between) return Effect.void
      const often = unsaid === 1 ? "" : ` (${unsaid} times since the last warning)`
      last = now
      unsaid = 0
      return Effect.logWarning(`${error.message}${often}; retrying`)
    })
}

/**
 * Accepts a connection. If accepting fails, waits as long as `schedule` says, but at least 5 ms, and retries. Each run
 * of the effect begins the schedule anew. Fails when the listener has closed, or when the schedule has ended.
 */
export const accepting = <R>(
  listener: Listener.Listener,
  schedule: Schedule.Schedule<unknown, AcceptError, R>
): Effect.Effect<Socket.Socket, AcceptError, R | Scope.Scope> => {
  const say = warner()
  const steady = Schedule.modifyDelay(schedule, (_, delay) => Duration.max(delay, shortest))
  const again = (error: AcceptError): Effect.Effect<Socket.Socket, AcceptError, R | Scope.Scope> => {
    let first: AcceptError | undefined = error
    const attempt = Effect.suspend(() => {
      const failed = first
      first = undefined
      return failed === undefined ? listener.accept : Effect.fail(failed)
    })
    const said = Effect.tapError(attempt, error => (isFinal(error) ? Effect.void : say(error)))
    return Effect.retry(
      said,
      Schedule.whileInput(steady, (error: AcceptError) => !isFinal(error))
    )
  }
  return Effect.catchAll(listener.accept, error => (isFinal(error) ? Effect.fail(error) : again(error)))
}
