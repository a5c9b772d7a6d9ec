/**
 * The chapters of the contract, and how a property of it is run: on a network of its own, within a limit, and nothing
 * may be left open after it.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import {
  backpressure,
  closing,
  connecting,
  delimiters,
  interruptedConnections,
  interruptedSends,
  interruption,
  listening,
  ownership,
  receiveFunctions,
  receiveTimeouts,
  scopes,
  sendingAndReceiving,
  sendTimeouts,
  streams,
  theEnd,
  theReset,
  unfinished,
  wholes
} from "./chapters/index.ts"
import {
  type Chapter,
  leavingNothing,
  type Property,
  PropertyTimeout,
  scoped,
  type TransportUnderTest,
  within
} from "./kit/index.ts"

export const chapters: ReadonlyArray<Chapter> = [
  sendingAndReceiving,
  ownership,
  theEnd,
  theReset,
  closing,
  scopes,
  interruption,
  interruptedSends,
  backpressure,
  connecting,
  listening,
  interruptedConnections,
  receiveFunctions,
  delimiters,
  unfinished,
  wholes,
  receiveTimeouts,
  sendTimeouts,
  streams
]

export const reasonToSkip = (on: TransportUnderTest, property: Property): string | undefined =>
  property.needs?.map(need => on.cannot[need]).find(reason => reason !== undefined)

/** What hangs where nobody looks at the time still ends. */
const wholeLimit = "1 minute"

export const run = (
  on: TransportUnderTest,
  property: Property,
  limit: Duration.DurationInput = wholeLimit
): Effect.Effect<void> =>
  leavingNothing(on, Effect.provide(scoped(Effect.suspend(() => property.run(on))), on.layer)).pipe(
    Effect.orDie,
    effect => within(effect, limit, "the whole of it"),
    Effect.provideService(PropertyTimeout, on.timeout)
  )
