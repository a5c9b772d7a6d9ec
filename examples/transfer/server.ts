/** Gives files away, each from where it is asked for. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Framing, type Listener, Network, Server, type Socket } from "effect-sockets"
import { Files } from "./files.ts"
import { next, offers, pieces, requests } from "./messages.ts"

const giving = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    const files = yield* Files
    const { from, name } = yield* next(socket, requests)
    const size = yield* files.size(name)
    const sha256 = size === 0 ? "" : yield* files.sha256(name)
    yield* Framing.send(socket, offers, { size, sha256 })
    if (from < size) yield* Stream.run(files.read(name, from), Framing.sink(socket, pieces))
  })

export const serve = (listener: Listener.Listener) => Server.serve(listener, giving, { maxConnections: 100 })

/** A client that takes nothing for a minute is cut off. */
export const program = (address: Network.Target) =>
  Effect.flatMap(Network.listen(address, { timeouts: { recvTimeout: "10 seconds", sendTimeout: "1 minute" } }), serve)
