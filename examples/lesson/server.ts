/** The server of the lesson: greets each client and closes the connection. */
import * as Effect from "effect/Effect"
import { type Listener, Network, Server } from "effect-sockets"

export const serve = (listener: Listener.Listener) =>
  Server.serve(listener, soc => soc.sendText("Connection Established", "ascii"))

export const program = (address: Network.Target) => Effect.flatMap(Network.listen(address), serve)

/** As in the lesson: listens on port 808 of this machine, by its host name. */
export const atHome = Effect.flatMap(Network.hostname, host => program({ host, port: 808 }))
