/** Ours meets a hostile peer, from either side; afterwards nothing may be left of it. */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import type { ConnectError } from "../../src/SocketError.ts"
import type { TransportUnderTest } from "../conformance/contract.ts"
import { within } from "../conformance/expect.ts"
import { leavingNothing } from "../conformance/leaks.ts"
import { tcp, unix } from "../conformance/transports.ts"
import type { Conversation } from "./conversation.ts"
import { lies } from "./lies.ts"
import { type Maker, makers } from "./makers.ts"
import { resets } from "./resets.ts"
import { stalls } from "./stalls.ts"

export const conversations: ReadonlyArray<Conversation> = [...resets, ...stalls, ...lies]

const flood = 200 * 1024 * 1024

/** So long that a connection which needs it never ends. */
const closeGrace = "10 minutes"

/** There to end a hang. */
const limit = "50 seconds"

const isExpected = (error: ConnectError, { mayFailToConnect }: Conversation): boolean =>
  mayFailToConnect === true && error.reason === "Reset"

export type Meeting = (
  maker: Maker,
  on: TransportUnderTest,
  conversation: Conversation
) => Effect.Effect<void, unknown, Network.Network | Scope.Scope>

export const connects: Meeting = (maker, on, conversation) =>
  Effect.gen(function* () {
    const free = yield* on.free
    const { address, told } = yield* maker.serve(conversation.peer, free._tag === "Unix" ? free.path : undefined)
    const meeting = Effect.flatMap(
      Effect.either(Network.connect(address, { closeGrace, ...conversation.options })),
      result =>
        result._tag === "Right"
          ? conversation.run({ on, told, flood, socket: result.right })
          : isExpected(result.left, conversation)
            ? Effect.void
            : Effect.fail(result.left)
    )
    yield* within(Effect.scoped(meeting), limit, "the conversation and its scope")
  })

export const accepts: Meeting = (maker, on, conversation) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen(yield* on.free, { closeGrace, ...conversation.options })
    const { told } = yield* maker.visit(conversation.peer, listener.address)
    const meeting = Effect.flatMap(listener.accept, socket => conversation.run({ on, told, flood, socket }))
    yield* within(Effect.scoped(meeting), limit, "the conversation and its scope")
  })

/** A test for each conversation, with each maker's peers, over TCP and over Unix sockets. */
export const meetings = (meet: Meeting): void => {
  for (const maker of makers) {
    const reason = maker.skip === undefined ? "" : ` (skipped: ${maker.skip})`
    describe.skipIf(reason !== "")(`of ${maker.name}${reason}`, () => {
      for (const on of [tcp, unix]) {
        describe(`over ${on.name}, a peer that`, () => {
          for (const conversation of conversations.filter(({ peer }) => maker.makes(peer))) {
            it.live(conversation.title, () =>
              leavingNothing(on, Effect.provide(Effect.scoped(meet(maker, on, conversation)), on.layer))
            )
          }
        })
      }
    })
  }
}
