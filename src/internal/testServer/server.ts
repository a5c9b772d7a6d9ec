/**
 * A server for tests. It runs the same function, called a part, for every client, and records all connections.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Network from "../../Network.ts"
import type * as Socket from "../../Socket.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import type { ListenError, RecvError, SendError } from "../../SocketError.ts"
import * as Tls from "../../Tls.ts"
import { take } from "../receive/index.ts"
import { serve } from "../server/index.ts"
import { isComplete } from "../stream/index.ts"
import { shieldedCause } from "../text/index.ts"
import type { ScriptDeparture } from "./departure.ts"
import { type Connection, type Dropped, type Recording, Recordings, recorded } from "./recording.ts"

/**
 * A running test server, and its records. It keeps the records of open connections, and of the 1,000 connections that
 * ended last.
 */
export interface Service {
  /** The address on which the server listens. */
  readonly address: SocketAddress.Resolved
  /** Returns the kept records, in the order in which the connections were accepted. */
  readonly connections: Effect.Effect<ReadonlyArray<Connection>>
  /** Returns counts of the connections whose records were dropped. */
  readonly dropped: Effect.Effect<Dropped>
  /**
   * Waits until at least `bytes` bytes in total were received on a connection, or until the connection has ended.
   * Returns the record of the connection at that moment. With 0 bytes, waits only until the connection is accepted. If
   * the record was dropped, dies. `connection` is the number of the connection, from 0, in the order of accepting. If
   * no record was dropped, this number is also the index of the record in `connections`.
   */
  readonly awaitBytes: (connection: number, bytes: number) => Effect.Effect<Connection>
  /**
   * Waits until a connection has ended. Returns its record at that moment. `connection` is the same number as for
   * `awaitBytes`.
   */
  readonly awaitEnd: (connection: number) => Effect.Effect<Connection>
  /**
   * Waits until the scripts have been played to their ends. Fails as soon as a client departs from its script, or at
   * once if a client has already departed. If the server has no script, succeeds at once.
   */
  readonly verify: Effect.Effect<void, ScriptDeparture>
}

/** Options of a test server. `T` is the type of `tls`. */
export interface Options<T extends Tls.ServerOptions | undefined = undefined> extends Network.ListenOptions {
  /**
   * Where to listen: an address, a text such as `"127.0.0.1:8080"`, or `{ host, port }`. Default: a free port of
   * 127.0.0.1.
   */
  readonly address?: Network.Target | undefined
  /**
   * Does a handshake with each client. Bytes are recorded decrypted. To test how a client treats a bad certificate, use
   * a context with one of `TestCertificates.samples`. Default: no TLS.
   */
  readonly tls?: T | undefined
}

type Secure = (socket: Socket.Socket) => Effect.Effect<Tls.TlsSocket, Tls.TlsError, Scope.Scope>

/** Returns the handshake of a connection, or undefined if there is no TLS. Checks the options first. */
const secureOf = (
  options: Tls.ServerOptions | undefined
): Effect.Effect<Secure | undefined, Tls.TlsConfigError, Tls.Tls> =>
  options === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(Tls.Tls, tls =>
        Effect.as(tls.checkServer(options), (socket: Socket.Socket) =>
          Effect.catchTag(tls.server(socket, options), "TlsConfigError", Effect.die)
        )
      )

/**
 * Handles a connection of a test server. Afterwards the server closes the connection. `plain` is the socket below TLS,
 * or the same connection if there is no TLS.
 */
export type Part = (
  socket: Socket.Socket,
  connection: number,
  plain: Socket.Socket
) => Effect.Effect<void, RecvError | SendError>

/**
 * Receives the buffered bytes, without waiting. Returns no bytes if the receive fails, for example because the socket
 * is closed.
 */
export const takeRest = (socket: Socket.Socket): Effect.Effect<Uint8Array> =>
  Effect.orElseSucceed(
    socket.recvWith(view => take(view.length, view.slice())),
    () => new Uint8Array(0)
  )

/**
 * Runs a part, and records how the connection ended. If the part leaves the socket open, the Scope closes the socket.
 */
const played = (part: Effect.Effect<void, RecvError | SendError>, socket: Socket.Socket, recording: Recording) =>
  part.pipe(
    Effect.zipRight(takeRest(socket)),
    Effect.onExit(exit => Effect.sync(() => recording.end(isComplete(exit) ? "Closed" : "Aborted")))
  )

/** Runs a handshake, and records its result. A client whose handshake failed is gone, so its handler only ends. */
const handshaking = <R>(handshake: Effect.Effect<Tls.TlsSocket, Tls.TlsError, R>, recording: Recording) =>
  handshake.pipe(
    Effect.tapBoth({
      onFailure: error => Effect.sync(() => recording.refuse(error)),
      onSuccess: ({ info }) => Effect.sync(() => recording.secure(info))
    }),
    Effect.onInterrupt(() => Effect.sync(() => recording.end("Aborted"))),
    Effect.catchAll(() => Effect.interrupt)
  )

/** Listens, and runs the part with every client until the Scope closes. Without a part, accepts no client. */
export const start = (
  part: Part | undefined,
  options: Options<Tls.ServerOptions | undefined> | undefined,
  verify: Effect.Effect<void, ScriptDeparture> = Effect.void
): Effect.Effect<
  Service,
  ListenError | Network.TargetError<Network.Target> | Tls.TlsConfigError,
  Network.Network | Tls.Tls | Scope.Scope
> =>
  Effect.gen(function* () {
    const secure = yield* secureOf(options?.tls)
    const recordings = new Recordings(yield* Effect.clock)
    const listener = yield* Network.listen(options?.address ?? SocketAddress.unsafeInet("127.0.0.1", 0), options)
    if (part !== undefined) {
      const serving = serve(listener, plain => {
        const [connection, recording] = recordings.add(plain.remoteAddress)
        const play = (socket: Socket.Socket) => {
          const seen = recorded(socket, recording)
          return played(part(seen, connection, plain), seen, recording)
        }
        return secure === undefined ? play(plain) : Effect.flatMap(handshaking(secure(plain), recording), play)
      })
      yield* Effect.forkScoped(Effect.tapErrorCause(serving, cause => Effect.logError(shieldedCause(cause))))
    }
    return {
      address: listener.address,
      connections: recordings.snapshots,
      dropped: recordings.dropped,
      awaitBytes: (connection, bytes) =>
        recordings.when(connection, recording => recording.bytesReceived >= bytes || !recording.isOpen),
      awaitEnd: connection => recordings.when(connection, recording => !recording.isOpen),
      verify
    }
  })
