/**
 * A server for tests: it plays the same part with every client, and records them all.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Network from "../../Network.ts"
import type * as Socket from "../../Socket.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import type { ListenError, RecvError, SendError } from "../../SocketError.ts"
import { take } from "../receive/index.ts"
import { serve } from "../server/index.ts"
import type { ScriptDeparture } from "./departure.ts"
import { type Connection, type Recording, Recordings, recorded } from "./recording.ts"

/** Public as part of `TestServer`. */
export interface Service {
  /** Where it listens. */
  readonly address: SocketAddress.Resolved
  /** What was recorded so far, of every connection that was accepted, in that order. */
  readonly connections: Effect.Effect<ReadonlyArray<Connection>>
  /**
   * Waits until so many bytes in all were received on a connection, or until it has ended and no more will be, and gives
   * it as it is in that moment. Connections are counted from 0, as in `connections`; 0 bytes wait for it to be accepted.
   */
  readonly awaitBytes: (connection: number, bytes: number) => Effect.Effect<Connection>
  /** Waits until a connection has ended, and gives it as it is in that moment. */
  readonly awaitEnd: (connection: number) => Effect.Effect<Connection>
  /**
   * Waits until the scripts have been played to their ends, and fails as soon as a client departs from one, also if that
   * has been before. Without scripts there is nothing to depart from.
   */
  readonly verify: Effect.Effect<void, ScriptDeparture>
}

/** Public as part of `TestServer`. */
export interface Options extends Network.ListenOptions {
  /** Where to listen: an address, a text such as `"127.0.0.1:8080"`, or `{ host, port }`. Default: a free port of 127.0.0.1. */
  readonly address?: Network.Target | undefined
}

/** What a server does with a connection; after that it is closed. */
export type Part = (socket: Socket.Socket, connection: number) => Effect.Effect<void, RecvError | SendError>

/** Takes what has come and was not received, without waiting: of a socket that is closed, nothing. */
export const takeRest = (socket: Socket.Socket): Effect.Effect<Uint8Array> =>
  Effect.orElseSucceed(
    socket.recvWith(view => take(view.length, view.slice())),
    () => new Uint8Array(0)
  )

/** To its end; the Scope of the connection makes an end of it, where the part has not. */
const played = (part: Effect.Effect<void, RecvError | SendError>, socket: Socket.Socket, recording: Recording) =>
  part.pipe(
    Effect.zipRight(takeRest(socket)),
    Effect.onExit(exit =>
      Effect.sync(() => {
        const isCut = Exit.isFailure(exit) && (Cause.isInterrupted(exit.cause) || Cause.isDie(exit.cause))
        recording.end(isCut ? "Aborted" : "Closed")
      })
    )
  )

/** Listens, and plays the part with every client until the Scope closes; without a part nobody is accepted. */
export const start = (
  part: Part | undefined,
  options: Options | undefined,
  verify: Effect.Effect<void, ScriptDeparture> = Effect.void
): Effect.Effect<Service, ListenError | Network.TargetError<Network.Target>, Network.Network | Scope.Scope> =>
  Effect.gen(function* () {
    const recordings = new Recordings(yield* Effect.clock)
    const listener = yield* Network.listen(options?.address ?? SocketAddress.unsafeInet("127.0.0.1", 0), options)
    if (part !== undefined) {
      const serving = serve(listener, socket => {
        const [connection, recording] = recordings.add(socket.remoteAddress)
        const seen = recorded(socket, recording)
        return played(part(seen, connection), seen, recording)
      })
      yield* Effect.forkScoped(Effect.tapErrorCause(serving, Effect.logError))
    }
    return {
      address: listener.address,
      connections: recordings.snapshots,
      awaitBytes: (connection, bytes) =>
        recordings.when(connection, recording => recording.bytesReceived >= bytes || !recording.isOpen),
      awaitEnd: connection => recordings.when(connection, recording => !recording.isOpen),
      verify
    }
  })
