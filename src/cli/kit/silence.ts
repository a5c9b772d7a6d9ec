/**
 * The timeout `--idle` of `pipe` and `proxy`: how long no byte may move in either direction. The timeouts of a socket
 * are not used, because each applies to one direction. They would end a connection in which bytes move in one direction
 * only.
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { monotonicOf, sleep } from "./timeout.ts"

/** A timeout of the program has passed: a connection was idle, no client connected, or a name server did not answer. */
export class SilenceError extends Data.TaggedError("SilenceError")<{
  /** The address of the peer, the address that we listen on, or `resolve "NAME"`. */
  readonly address: string
  /** What happened for `timeout`. */
  readonly what: "idle" | "no client connected" | "no answer"
  readonly timeout: Duration.Duration
}> {
  override get message(): string {
    return `${this.address}: ${this.what} for ${Duration.format(this.timeout)}`
  }
}

/** A timer that restarts whenever a byte moves. */
export interface Silence {
  /** Restarts the timeout. Call it when a byte has moved. */
  readonly broken: () => void
  /** Fails when no byte has moved for the timeout. If there is no timeout, waits forever. */
  readonly lasted: Effect.Effect<never, SilenceError>
}

/** Starts the timeout. If `timeout` is none, there is no timeout. */
export const make = (address: string, timeout: Option.Option<Duration.Duration>): Effect.Effect<Silence> =>
  Option.match(timeout, {
    onNone: () => Effect.succeed({ broken: () => {}, lasted: Effect.never }),
    onSome: timeout => {
      const error = new SilenceError({ address, what: "idle", timeout })
      return Effect.map(Effect.clock, clock => {
        let since = monotonicOf(clock)
        const left = Effect.sync(() => since + Duration.toMillis(timeout) - monotonicOf(clock))
        const lasted: Silence["lasted"] = Effect.flatMap(left, left =>
          left > 0 ? Effect.zipRight(sleep(left), lasted) : Effect.fail(error)
        )
        const broken = () => {
          since = monotonicOf(clock)
        }
        return { broken, lasted }
      })
    }
  })
