/** What the members of a cluster say to each other: a question and its answer, a JSON document to a line. */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Framing, Network } from "effect-sockets"
import * as SocketSchema from "effect-sockets/SocketSchema"

/** `vote`: would you have me as the leader of this term? `lead`: I am it. */
export const Question = Schema.Struct({
  kind: Schema.Literal("vote", "lead"),
  term: Schema.Int,
  from: Schema.String
})
export type Question = typeof Question.Type

/** With the term of who answers, which may be later. */
export const Answer = Schema.Struct({ yes: Schema.Boolean, term: Schema.Int })
export type Answer = typeof Answer.Type

const json = Framing.ndjson({ limit: 1024 })
export const questions = SocketSchema.framing(json, Question)
export const answers = SocketSchema.framing(json, Answer)

/** What a peer answers; nothing, if that takes more than a tenth of a second, or whatever else goes wrong. */
export const ask = (
  peer: Network.Target,
  question: Question
): Effect.Effect<Option.Option<Answer>, never, Network.Network> =>
  Network.withConnection(peer, socket =>
    Effect.zipRight(Framing.send(socket, questions, question), Framing.recv(socket, answers))
  ).pipe(
    Effect.timeout("100 millis"),
    Effect.catchAll(() => Effect.succeedNone)
  )
