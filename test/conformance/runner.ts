/**
 * Runs the properties over a row of the table, as tests. After each of them nothing may be left open.
 */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Supervisor from "effect/Supervisor"
import { backpressure } from "./backpressure.ts"
import { closing } from "./closing.ts"
import { connecting } from "./connecting.ts"
import type { Chapter, Open, Property, TransportUnderTest } from "./contract.ts"
import { interruptedConnections } from "./interruptedConnections.ts"
import { interruptedSends } from "./interruptedSends.ts"
import { interruption } from "./interruption.ts"
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

const left = (before: Open, after: Open): ReadonlyArray<string> =>
  Object.keys(after)
    .filter(kind => after[kind]! > (before[kind] ?? 0))
    .map(kind => `${kind}: ${before[kind] ?? 0} before, ${after[kind]} after`)

/** What closes does so in a few turns; what is left after so many stays. */
const patience = 5000

const nothingIsLeft = (on: TransportUnderTest, before: Open, fibers: Effect.Effect<ReadonlyArray<unknown>>) =>
  Effect.gen(function* () {
    let leaks: ReadonlyArray<string> = []
    for (let turns = 0; turns < patience; turns++) {
      const running = (yield* fibers).length
      leaks = [...left(before, yield* on.open), ...(running === 0 ? [] : [`fibers: 0 before, ${running} after`])]
      if (leaks.length === 0) return
      yield* on.turn
    }
    return yield* Effect.dieMessage(`nothing should be left open, but there is: ${leaks.join("; ")}`)
  })

const check = (on: TransportUnderTest, property: Property) =>
  Effect.gen(function* () {
    const before = yield* on.open
    const supervisor = yield* Supervisor.track
    yield* Effect.scoped(property.run(on)).pipe(Effect.provide(on.layer), Effect.supervised(supervisor))
    yield* nothingIsLeft(on, before, supervisor.value)
  })

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
