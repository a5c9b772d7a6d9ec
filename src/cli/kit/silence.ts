/**
 * The timeout `--idle`: how long no byte may move in either direction. The timeouts of a socket are not used for it,
 * because each of them concerns one direction. They would end a connection whose peer only receives.
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { monotonicOf, sleep } from "./timeout.ts"

/** A connection was idle for too long, no client connected in time, or a name server did not answer in time. */
export class SilenceError extends Data.TaggedError("SilenceError")<{
  /** The address of the peer, the address that we listen on, or the question to the name server. */
  readonly address: string
  readonly what: "idle" | "no client connected" | "no answer"
  readonly timeout: Duration.Duration
}> {
  override get message(): string {
    return `${this.address}: ${this.what} for ${Duration.format(this.timeout)}`
  }
}

export interface Silence {
  /** Call when a byte has moved. */
  readonly broken: () => void
  /** Waits until no byte has moved for the timeout, then fails. Without a timeout, waits forever. */
  readonly lasted: Effect.Effect<never, SilenceError>
}

/** Starts the timeout now. `timeout` is the timeout, or none. */
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
