/**
 * Lists the chapters of the contract, and runs a property. Each property runs on a new network and within a timeout.
 * After the property, the suite checks that nothing is left open.
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
  memory,
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

/** The chapters of the contract, in the order of `docs/CONTRACT.md`. */
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
  memory,
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

/** Returns why the property cannot be tested on this transport, or `undefined` if it can. */
export const reasonToSkip = (on: TransportUnderTest, property: Property): string | undefined =>
  property.needs?.map(need => on.cannot[need]).find(reason => reason !== undefined)

/**
 * Timeout of a whole property. Most waits in a property have a timeout of their own. This timeout ends a property that
 * hangs anywhere else.
 */
const wholeTimeout = "1 minute"

/**
 * Runs a property on a new network. Dies if the property fails, takes longer than `timeout`, or leaves a fiber or a
 * resource open.
 */
export const run = (
  on: TransportUnderTest,
  property: Property,
  timeout: Duration.DurationInput = wholeTimeout
): Effect.Effect<void> =>
  leavingNothing(on, Effect.provide(scoped(Effect.suspend(() => property.run(on))), on.layer)).pipe(
    Effect.orDie,
    effect => within(effect, timeout, "the property"),
    Effect.provideService(PropertyTimeout, on.timeout)
  )
