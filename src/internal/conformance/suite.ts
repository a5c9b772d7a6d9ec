/**
 * The chapters of the contract, and how a property of it is run: on a network of its own, within a limit, and nothing
 * may be left open after it.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { backpressure } from "./chapters/backpressure.ts"
import { closing } from "./chapters/closing.ts"
import { connecting } from "./chapters/connecting.ts"
import { delimiters } from "./chapters/delimiters.ts"
import { interruptedConnections } from "./chapters/interruptedConnections.ts"
import { interruptedSends } from "./chapters/interruptedSends.ts"
import { interruption } from "./chapters/interruption.ts"
import { listening } from "./chapters/listening.ts"
import { ownership } from "./chapters/ownership.ts"
import { receiveFunctions } from "./chapters/receiveFunctions.ts"
import { scopes } from "./chapters/scopes.ts"
import { sendingAndReceiving } from "./chapters/sendingAndReceiving.ts"
import { sendTimeouts } from "./chapters/sendTimeouts.ts"
import { streams } from "./chapters/streams.ts"
import { theEnd } from "./chapters/theEnd.ts"
import { theReset } from "./chapters/theReset.ts"
import { receiveTimeouts } from "./chapters/timeouts.ts"
import { unfinished } from "./chapters/unfinished.ts"
import { wholes } from "./chapters/wholes.ts"
import { Patience, within } from "./kit/expect.ts"
import { leavingNothing } from "./kit/leaks.ts"
import { scoped } from "./kit/pairs.ts"
import type { Chapter, Property, TransportUnderTest } from "./kit/statement.ts"

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
    Effect.provideService(Patience, on.patience)
  )
