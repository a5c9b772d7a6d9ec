/**
 * The chapters of the contract, and how a property of it is run: on a network of its own, within a limit, and nothing
 * may be left open after it.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { backpressure } from "./backpressure.ts"
import { closing } from "./closing.ts"
import { connecting } from "./connecting.ts"
import { deadlines } from "./deadlines.ts"
import { delimiters } from "./delimiters.ts"
import { Patience, within } from "./expect.ts"
import { interruptedConnections } from "./interruptedConnections.ts"
import { interruptedSends } from "./interruptedSends.ts"
import { interruption } from "./interruption.ts"
import { leavingNothing } from "./leaks.ts"
import { listening } from "./listening.ts"
import { ownership } from "./ownership.ts"
import { scoped } from "./pairs.ts"
import { receiveFunctions } from "./receiveFunctions.ts"
import { scopes } from "./scopes.ts"
import { sendDeadlines } from "./sendDeadlines.ts"
import { sendingAndReceiving } from "./sendingAndReceiving.ts"
import type { Chapter, Property, TransportUnderTest } from "./statement.ts"
import { streams } from "./streams.ts"
import { theEnd } from "./theEnd.ts"
import { theReset } from "./theReset.ts"
import { unfinished } from "./unfinished.ts"
import { wholes } from "./wholes.ts"

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
  deadlines,
  sendDeadlines,
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
