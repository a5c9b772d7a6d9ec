/** A proxy: what comes to it goes on to another server, and what that answers comes back. */
import * as Effect from "effect/Effect"
import { type Listener, Network, Pump, Server, type Socket } from "effect-sockets"

/** Who is connected while the server is not to be had is reset: an end would look like an answer. */
const between = (target: Network.Target) => (client: Socket.Socket) =>
  Effect.gen(function* () {
    const connecting = Network.connect(target, { timeout: "10 seconds" })
    const server = yield* Effect.tapError(connecting, () => client.abort)
    const { aToB, bToA } = yield* Pump.pump(client, server)
    yield* Effect.logInfo(`${client.remoteAddress}: ${aToB} bytes there, ${bToA} back`)
  })

export const serve = (listener: Listener.Listener, target: Network.Target) =>
  Server.serve(listener, between(target), { maxConnections: 1000 })

export const program = (address: Network.Target, target: Network.Target) =>
  Effect.flatMap(Network.listen(address), listener => serve(listener, target))
