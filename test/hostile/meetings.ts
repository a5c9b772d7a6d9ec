/** Declares a test for each conversation. After each test nothing may be left open. */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { leavingNothing } from "../../src/internal/conformance/kit/leaks.ts"
import { type Row, tcp, unix } from "../conformance/transports.ts"
import { collect } from "./collect.ts"
import { makers } from "./makers.ts"
import { conversations, type Meeting } from "./meeting.ts"
import { wholeFlood } from "./peers.ts"

/** Measures memory after a garbage collection, because garbage must not count. */
const exact = (on: Row): Row => ({
  ...on,
  memory: Effect.zipRight(Effect.sync(collect), on.memory)
})

/** Declares a test for each conversation with the peers of each maker, over TCP and over Unix sockets. */
export const meetings = (meet: Meeting): void => {
  for (const maker of makers) {
    const reason = maker.skip === undefined ? "" : ` (skipped: ${maker.skip})`
    describe.skipIf(reason !== "")(`peers of ${maker.name}${reason}`, () => {
      for (const on of [exact(tcp), exact(unix)]) {
        describe(`over ${on.name}, a peer that`, () => {
          for (const conversation of conversations.filter(({ peer }) => maker.makes(peer))) {
            it.live(conversation.title, () =>
              leavingNothing(on, Effect.provide(Effect.scoped(meet(maker, on, conversation, wholeFlood)), on.layer))
            )
          }
        })
      }
    })
  }
}
