/** A proxy: forwards bytes between each client and a target server, in both directions. */
import * as Effect from "effect/Effect"
import { type Listener, Network, Pump, Server, type Socket } from "effect-sockets"

/** If the target cannot be reached, resets the client. An orderly end would look like an empty answer. */
const between = (target: Network.Target) => (client: Socket.Socket) =>
  Effect.gen(function* () {
    const connecting = Network.connect(target, { timeout: "10 seconds" })
    const server = yield* Effect.tapError(connecting, () => client.abort)
    const { aToB, bToA } = yield* Pump.pump(client, server)
    yield* Effect.logInfo(`${client.remoteAddress}: ${aToB} bytes to the target, ${bToA} bytes back`)
  })

export const serve = (listener: Listener.Listener, target: Network.Target) =>
  Server.serve(listener, between(target), { maxConnections: 1000 })

export const program = (address: Network.Target, target: Network.Target) =>
  Effect.flatMap(Network.listen(address), listener => serve(listener, target))
