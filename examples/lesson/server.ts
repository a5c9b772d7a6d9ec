/** The lesson's server: it greets everybody, and closes. */
import * as Effect from "effect/Effect"
import { type Listener, Network, Server } from "effect-sockets"

export const serve = (listener: Listener.Listener) =>
  Server.serve(listener, soc => soc.sendText("Connection Established", "ascii"))

export const program = (address: Network.Target) => Effect.flatMap(Network.listen(address), serve)

/** As in the lesson: port 808 of this machine, by its name. */
export const atHome = Effect.flatMap(Network.hostname, host => program({ host, port: 808 }))
