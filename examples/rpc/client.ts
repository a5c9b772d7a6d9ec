/** Calls methods over one connection. Any number of calls can be under way, and each gets its own answer. */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Framing, Network } from "effect-sockets"
import { type Answer, answers, questions } from "./messages.ts"

/** The method failed. The message is that of the server. */
export class Failed extends Data.TaggedError("Failed")<{ readonly message: string }> {}

/** The connection is lost. It is unknown whether the server has received the call. */
export class Lost extends Data.TaggedError("Lost")<{ readonly cause?: unknown }> {}

/**
 * Connects until the Scope closes. `ask` waits for the answer; if `ask` is interrupted, its answer is ignored. If the
 * connection is lost, all waiting calls fail, and later calls fail at once.
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
