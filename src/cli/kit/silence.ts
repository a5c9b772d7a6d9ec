/**
 * The limit of silence, `--idle`: how long a connection may go on without a byte in either direction. A limit of the
 * socket's own is of one direction: it would cut a peer that only listens.
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** Nothing came or went for too long, nobody came to where we listen, or nobody answered. */
export class SilenceError extends Data.TaggedError("SilenceError")<{
  /** The peer's address, where we listen, or what was asked. */
  readonly address: string
  readonly what: "nothing came or went" | "nobody connected" | "no answer"
  readonly limit: Duration.Duration
}> {
  override get message(): string {
    return `${this.address}: ${this.what} for ${Duration.format(this.limit)}`
  }
}

export interface Silence {
  /** A byte came or went. */
  readonly broken: () => void
  /** Waits until there has been none for so long; without a limit for ever. */
  readonly lasted: Effect.Effect<never, SilenceError>
}

/** It begins now. */
export const make = (address: string, limit: Option.Option<Duration.Duration>): Effect.Effect<Silence> =>
  Option.match(limit, {
    onNone: () => Effect.succeed({ broken: () => {}, lasted: Effect.never }),
    onSome: limit => {
      const error = new SilenceError({ address, what: "nothing came or went", limit })
      return Effect.map(Effect.clock, clock => {
        let since = clock.unsafeCurrentTimeMillis()
        const left = Effect.sync(() => since + Duration.toMillis(limit) - clock.unsafeCurrentTimeMillis())
        const lasted: Silence["lasted"] = Effect.flatMap(left, left =>
          left > 0 ? Effect.zipRight(Effect.sleep(left), lasted) : Effect.fail(error)
        )
        const broken = () => {
          since = clock.unsafeCurrentTimeMillis()
        }
        return { broken, lasted }
      })
    }
  })
