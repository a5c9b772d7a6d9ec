/** The client of the lesson: connects, receives once, closes, and returns the text. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Network } from "effect-sockets"

/** Returns the received text. If the server closes without sending, the text is empty. */
export const program = (server: Network.Target) =>
  Effect.scoped(
    Effect.gen(function* () {
      const soc = yield* Network.connect(server)
      const msg = yield* soc.recvText(1024, "ascii")
      yield* soc.close
      return Option.getOrElse(msg, () => "")
    })
  )

/** As in the lesson: connects to port 808 of this machine, by its host name. */
export const atHome = Effect.flatMap(Network.hostname, host => program({ host, port: 808 }))
