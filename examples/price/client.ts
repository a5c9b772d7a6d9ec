/** Asks a shop for a price. The shop answers each line with a line. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { Network, SocketError } from "effect-sockets"

export class NoPrice extends Data.TaggedError("NoPrice")<{ readonly thing: string }> {}

/** Returns a price. An attempt fails after 2 seconds without an answer. Retries at most three times, if that may help. */
export const priceOf = (shop: Network.Target, thing: string) =>
  Network.withConnection(
    shop,
    socket =>
      Effect.gen(function* () {
        yield* socket.sendText(`PRICE ${thing}\n`)
        const line = yield* socket.recvLine()
        if (Option.isNone(line)) return yield* new NoPrice({ thing })
        return Number(line.value)
      }),
    { timeout: "5 seconds", timeouts: { recvTimeout: "2 seconds" } }
  ).pipe(
    Effect.retry({
      times: 3,
      schedule: Schedule.exponential("100 millis"),
      while: error => error._tag !== "NoPrice" && SocketError.isRetryable(error)
    })
  )
