/**
 * Runs the properties over a row of the table, as tests. After each of them nothing may be left open.
 */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { backpressure } from "./backpressure.ts"
import { closing } from "./closing.ts"
import { connecting } from "./connecting.ts"
import type { Chapter, Property, TransportUnderTest } from "./contract.ts"
import { interruptedConnections } from "./interruptedConnections.ts"
import { interruptedSends } from "./interruptedSends.ts"
import { interruption } from "./interruption.ts"
import { leavingNothing } from "./leaks.ts"
import { listening } from "./listening.ts"
import { ownership } from "./ownership.ts"
import { receiveFunctions } from "./receiveFunctions.ts"
import { scopes } from "./scopes.ts"
import { sendingAndReceiving } from "./sendingAndReceiving.ts"
import { theEnd } from "./theEnd.ts"
import { theReset } from "./theReset.ts"

const chapters: ReadonlyArray<Chapter> = [
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
  receiveFunctions
]

const check = (on: TransportUnderTest, property: Property) =>
  leavingNothing(on, Effect.provide(Effect.scoped(property.run(on)), on.layer))

const reasonToSkip = (on: TransportUnderTest, property: Property): string | undefined =>
  on.skip ?? property.needs?.map(need => on.cannot[need]).find(reason => reason !== undefined)

export const conformance = (on: TransportUnderTest): void => {
  describe(on.name, () => {
    for (const chapter of chapters) {
      describe(chapter.title, () => {
        for (const property of chapter.properties) {
          const reason = reasonToSkip(on, property)
          if (reason === undefined) {
            it.live(property.title, () => check(on, property))
          } else {
            it.skip(`${property.title} (${reason})`, () => {})
          }
        }
      })
    }
  })
}
