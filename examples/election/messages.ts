/** The messages between the members of a cluster: a question and its answer, one JSON document per line. */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Framing, Network } from "effect-sockets"
import * as SocketSchema from "effect-sockets/SocketSchema"

/** `vote` asks for a vote for `from` in this term. `lead` says that `from` is the leader of this term. */
export const Question = Schema.Struct({
  kind: Schema.Literal("vote", "lead"),
  term: Schema.Int,
  from: Schema.String
})
export type Question = typeof Question.Type

/** `term` is that of the answering member. It may be later than that of the question. */
export const Answer = Schema.Struct({ yes: Schema.Boolean, term: Schema.Int })
export type Answer = typeof Answer.Type

const json = Framing.ndjson({ limit: 1024 })
export const questions = SocketSchema.framing(json, Question)
export const answers = SocketSchema.framing(json, Answer)

/** Asks a peer. Returns none if there is no answer within 100 ms, or after any error. */
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
