/**
 * A socket that shows what is received from it, for whoever listens in.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Socket from "../Socket.ts"

/** Waits for `shown` before `recv` gives the bytes; interrupted there, they are lost. What `receive` gives is not shown. */
export const tapped = (socket: Socket.Socket, shown: (bytes: Uint8Array) => Effect.Effect<void>): Socket.Socket =>
  Socket.make({
    localAddress: socket.localAddress,
    remoteAddress: socket.remoteAddress,
    recv: bufsize =>
      Effect.tap(socket.recv(bufsize), received =>
        Option.match(received, { onNone: () => Effect.void, onSome: shown })
      ),
    recvWith: step => socket.recvWith(step),
    sendAll: bytes => socket.sendAll(bytes),
    shutdownSend: socket.shutdownSend,
    close: socket.close,
    abort: socket.abort,
    awaitEnd: socket.awaitEnd,
    stats: socket.stats
  })
