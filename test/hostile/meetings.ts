/** Tests of every conversation; after each of them nothing may be left open. */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { leavingNothing } from "../../src/internal/conformance/kit/leaks.ts"
import { type Row, tcp, unix } from "../conformance/transports.ts"
import { collect } from "./collect.ts"
import { makers } from "./makers.ts"
import { conversations, type Meeting } from "./meeting.ts"
import { wholeFlood } from "./peers.ts"

/** What nobody holds any more would count as memory in use. */
const exact = (on: Row): Row => ({
  ...on,
  memory: Effect.zipRight(Effect.sync(collect), on.memory)
})

/** A test for each conversation, with each maker's peers, over TCP and over Unix sockets. */
export const meetings = (meet: Meeting): void => {
  for (const maker of makers) {
    const reason = maker.skip === undefined ? "" : ` (skipped: ${maker.skip})`
    describe.skipIf(reason !== "")(`of ${maker.name}${reason}`, () => {
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
