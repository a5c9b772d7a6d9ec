import * as Effect from "effect/Effect"
import { Network, Pump, Server } from "effect-sockets"

// Joins everybody who comes to a connection of their own.
export const program = Effect.flatMap(Network.listen("[::]:8081"), listener =>
  Server.serve(listener, client => Effect.flatMap(Network.connect("server:8080"), server => Pump.pump(client, server)))
)
