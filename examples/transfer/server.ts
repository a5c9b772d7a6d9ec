/** Serves files, each from the requested offset. */
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

/** Disconnects a client that sends no request for 10 seconds, or that takes no bytes for a minute. */
export const program = (address: Network.Target) =>
  Effect.flatMap(Network.listen(address, { timeouts: { recvTimeout: "10 seconds", sendTimeout: "1 minute" } }), serve)
