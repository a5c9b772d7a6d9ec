/** A TLS server that answers each line in capitals, and gets a new certificate without a restart. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import { type Network, Server, type Socket, Tls } from "effect-sockets"
import { type Files, read, renewing } from "./certificate.ts"

const shouting = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (let line = yield* socket.recvLine(); Option.isSome(line); line = yield* socket.recvLine()) {
      yield* socket.sendText(`${line.value.toUpperCase()}\n`)
    }
  })

/** Starts the server. Reads the certificate again at each element of `when`. Fails if the first certificate is invalid. */
export const program = (address: Network.Target, files: Files, when: Stream.Stream<unknown>) =>
  Effect.gen(function* () {
    const identity = yield* read(files)
    const context = yield* Tls.context({ identity })
    const listener = yield* Tls.listen(address, {
      context,
      onHandshakeError: error => Effect.logInfo(error.message)
    })
    yield* Effect.forkScoped(renewing(context, files, identity, when))
    yield* Effect.logInfo(`listening on ${listener.address}`)
    return yield* Server.make(listener, shouting)
  })
