/** Asks over one connection, as many questions at a time as one likes; each gets its own answer. */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Framing, Network } from "effect-sockets"
import { type Answer, answers, questions } from "./messages.ts"

/** The method failed, as it says. */
export class Failed extends Data.TaggedError("Failed")<{ readonly message: string }> {}

/** The connection is gone. Whether the question was heard is not known. */
export class Lost extends Data.TaggedError("Lost")<{ readonly cause?: unknown }> {}

/**
 * Connected for as long as the Scope is open. To ask waits for the answer, of which an interruption wants to know no more;
 * when the connection is lost all who wait fail, and who asks later fails at once.
 */
export const program = (server: Network.Target) =>
  Effect.gen(function* () {
    const socket = yield* Network.connect(server)
    const waiting = new Map<number, Deferred.Deferred<Answer>>()
    const lost = yield* Deferred.make<never, Lost>()
    let last = 0

    const hear = (answer: Answer) =>
      Effect.suspend(() => {
        const asked = waiting.get(answer.id)
        return asked === undefined ? Effect.void : Deferred.succeed(asked, answer)
      })

    yield* Stream.runForEach(Framing.stream(socket, answers), hear).pipe(
      Effect.matchEffect({
        onFailure: cause => Deferred.fail(lost, new Lost({ cause })),
        onSuccess: () => Deferred.fail(lost, new Lost({}))
      }),
      Effect.forkScoped
    )

    const ask = (method: string, argument: unknown) =>
      Effect.gen(function* () {
        const id = ++last
        const asked = yield* Deferred.make<Answer>()
        const exchange = Effect.zipRight(
          Framing.send(socket, questions, { id, method, argument }),
          Deferred.await(asked)
        ).pipe(Effect.catchTag("SendError", cause => new Lost({ cause })))
        waiting.set(id, asked)
        const answer = yield* Effect.raceFirst(exchange, Deferred.await(lost)).pipe(
          Effect.ensuring(Effect.sync(() => waiting.delete(id)))
        )
        return "failed" in answer ? yield* new Failed({ message: answer.failed }) : answer.value
      })

    return { ask }
  })
