/** Runs a conversation with a hostile peer, on either side of the connection, for the tests and for the soak. */

import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { within } from "../../src/internal/conformance/kit/expect.ts"
import * as Network from "../../src/Network.ts"
import type { ConnectError } from "../../src/SocketError.ts"
import type { Row } from "../conformance/transports.ts"
import type { Conversation } from "./conversation.ts"
import { lies } from "./lies.ts"
import type { Maker } from "./makers.ts"
import { resets } from "./resets.ts"
import { stalls } from "./stalls.ts"

export const conversations: ReadonlyArray<Conversation> = [...resets, ...stalls, ...lies]

/** So long that a close which needs it fails the test. */
const closeTimeout = "10 minutes"

/** The timeout of a conversation. It only ends a hang. */
const limit = "50 seconds"

const isExpected = (error: ConnectError, { mayFailToConnect }: Conversation): boolean =>
  mayFailToConnect === true && error.reason === "Reset"

export type Meeting = (
  maker: Maker,
  on: Row,
  conversation: Conversation,
  /** The number of bytes that a flooding peer sends. */
  flood: number
) => Effect.Effect<void, unknown, Network.Network | Scope.Scope>

export const connects: Meeting = (maker, on, conversation, flood) =>
  Effect.gen(function* () {
    const free = yield* on.free
    const { address, told } = yield* maker.serve(conversation.peer, free._tag === "Unix" ? free.path : undefined)
    const meeting = Effect.flatMap(
      Effect.either(Network.connect(address, { closeTimeout: closeTimeout, ...conversation.options })),
      result =>
        result._tag === "Right"
          ? conversation.run({ on, told, flood, socket: result.right })
          : isExpected(result.left, conversation)
            ? Effect.void
            : Effect.fail(result.left)
    )
    yield* within(Effect.scoped(meeting), limit, "the conversation and its scope")
  })

export const accepts: Meeting = (maker, on, conversation, flood) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen(yield* on.free, { closeTimeout: closeTimeout, ...conversation.options })
    const { told } = yield* maker.visit(conversation.peer, listener.address)
    const meeting = Effect.flatMap(listener.accept, socket => conversation.run({ on, told, flood, socket }))
    yield* within(Effect.scoped(meeting), limit, "the conversation and its scope")
  })
