/** The lesson's client: it connects, receives once, closes, and has a text. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Network } from "effect-sockets"

/** A server that ends without a word has said nothing. */
export const program = (server: Network.Target) =>
  Effect.scoped(
    Effect.gen(function* () {
      const soc = yield* Network.connect(server)
      const msg = yield* soc.recvText(1024, "ascii")
      yield* soc.close
      return Option.getOrElse(msg, () => "")
    })
  )

/** As in the lesson: port 808 of this machine, by its name. */
export const atHome = Effect.flatMap(Network.hostname, host => program({ host, port: 808 }))
