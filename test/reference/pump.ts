import * as Effect from "effect/Effect"
import { Network, Pump, Server } from "effect-sockets"

// Opens a connection to the server for each client, and connects the two.
export const program = Effect.flatMap(Network.listen("[::]:8081"), listener =>
  Server.serve(listener, client => Effect.flatMap(Network.connect("server:8080"), server => Pump.pump(client, server)))
)
