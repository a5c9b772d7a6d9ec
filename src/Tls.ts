/**
 * TLS over any socket. `client` and `server` do a handshake on a `Socket`, and return a `Socket` that encrypts.
 * `NodeTls.layer` provides the engine, the code that encrypts and decrypts.
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const plain = yield* Network.connect(SocketAddress.hostPort("example.com", 443))
 *   const socket = yield* Tls.client(plain, { name: "example.com" })
 *   yield* socket.sendText("GET / HTTP/1.0\r\n\r\n")
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import type * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { reachable, withAddress } from "./internal/connect/index.ts"
import * as internal from "./internal/tls/index.ts"
import type * as Listener from "./Listener.ts"
import * as Network from "./Network.ts"
import * as Socket from "./Socket.ts"
import type * as SocketAddress from "./SocketAddress.ts"
import type * as SocketError from "./SocketError.ts"

export {
  /**
   * @since 0.1.0
   * @category models
   */
  type Certificate,
  /**
   * @since 0.1.0
   * @category options
   */
  type ClientCertificate,
  /**
   * @since 0.1.0
   * @category options
   */
  type ClientOptions,
  /**
   * @since 0.1.0
   * @category options
   */
  type CloseNotify,
  /**
   * @since 0.1.0
   * @category options
   */
  type Context,
  /**
   * @since 0.1.0
   * @category options
   */
  type ContextOptions,
  /**
   * @since 0.1.0
   * @category options
   */
  type Identity,
  /**
   * @since 0.1.0
   * @category models
   */
  type Info,
  /**
   * @since 0.1.0
   * @category models
   */
  type ListenerOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  type Pem,
  /**
   * @since 0.1.0
   * @category options
   */
  type ServerOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  type Service,
  /**
   * @since 0.1.0
   * @category options
   */
  type SideOptions,
  /**
   * @since 0.1.0
   * @category errors
   */
  TlsConfigError,
  /**
   * @since 0.1.0
   * @category models
   */
  type TlsConfigReason,
  /**
   * @since 0.1.0
   * @category errors
   */
  TlsError,
  /**
   * @since 0.1.0
   * @category models
   */
  type TlsListener,
  /**
   * @since 0.1.0
   * @category models
   */
  type TlsListenerStats,
  /**
   * @since 0.1.0
   * @category models
   */
  type TlsReason,
  /**
   * @since 0.1.0
   * @category models
   */
  type TlsSocket,
  /**
   * @since 0.1.0
   * @category models
   */
  type Version
} from "./internal/tls/index.ts"

/**
 * The engine of TLS: the code that encrypts and decrypts. `NodeTls.layer` provides the engine.
 *
 * @since 0.1.0
 * @category tags
 */
export class Tls extends Context.Tag("effect-sockets/Tls")<Tls, internal.Service>() {}

/**
 * Checks options and makes a context from them. Make a context once and use it for all connections, because making one
 * takes milliseconds of CPU.
 *
 * @since 0.1.0
 * @category constructors
 */
export const context = (
  options?: internal.ContextOptions
): Effect.Effect<internal.Context, internal.TlsConfigError, Tls> => Effect.flatMap(Tls, tls => tls.context(options))

/**
 * Replaces the identity of a context, for example with a renewed certificate. New connections use the new identity.
 * Existing connections keep the old identity. If the new identity is invalid, the context keeps the old one.
 *
 * @since 0.1.0
 * @category context
 */
export const reload: {
  (identity: internal.Identity): (context: internal.Context) => Effect.Effect<void, internal.TlsConfigError, Tls>
  (context: internal.Context, identity: internal.Identity): Effect.Effect<void, internal.TlsConfigError, Tls>
} = dual(2, (context: internal.Context, identity: internal.Identity) =>
  Effect.flatMap(Tls, tls => tls.reload(context, identity))
)

/**
 * Does the handshake of a client on a connected socket. Returns a socket that encrypts what it sends. For STARTTLS,
 * call `client` after the lines of plain text. If more plain text arrives from the peer, the handshake fails.
 *
 * Waits for the handshake, up to `handshakeTimeout`. If the handshake fails, `client` fails with `TlsError`. In this
 * case it has sent no byte of the program, and has closed the plain socket. A timeout or an interruption resets the
 * plain socket. When the Scope closes, the TLS socket is closed or reset (see `onFailure`). A close first sends
 * close_notify, and then closes the plain socket. After a call of `client`, do not use the plain socket.
 *
 * RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2), RFC 9525 (names).
 *
 * @since 0.1.0
 * @category constructors
 */
export const client: {
  (
    options: internal.ClientOptions
  ): (
    socket: Socket.Socket
  ) => Effect.Effect<internal.TlsSocket, internal.TlsError | internal.TlsConfigError, Tls | Scope.Scope>
  (
    socket: Socket.Socket,
    options: internal.ClientOptions
  ): Effect.Effect<internal.TlsSocket, internal.TlsError | internal.TlsConfigError, Tls | Scope.Scope>
} = dual(2, (socket: Socket.Socket, options: internal.ClientOptions) =>
  Effect.flatMap(Tls, tls => tls.client(socket, options))
)

/**
 * Does the handshake of a server on an accepted socket. `server` waits, fails and closes as `Tls.client` does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const server: {
  (
    options?: internal.ServerOptions
  ): (
    socket: Socket.Socket
  ) => Effect.Effect<internal.TlsSocket, internal.TlsError | internal.TlsConfigError, Tls | Scope.Scope>
  (
    socket: Socket.Socket,
    options?: internal.ServerOptions
  ): Effect.Effect<internal.TlsSocket, internal.TlsError | internal.TlsConfigError, Tls | Scope.Scope>
} = dual(
  args => Socket.isSocket(args[0]),
  (socket: Socket.Socket, options: internal.ServerOptions = {}) =>
    Effect.flatMap(Tls, tls => tls.server(socket, options))
)

/**
 * Returns what the handshake of a socket negotiated, for example in a handler of `Server`. Returns `None` for a socket
 * without TLS, and for a socket that `Socket.wrap` has made.
 *
 * @since 0.1.0
 * @category accessors
 */
export const infoOf: (socket: Socket.Socket) => Option.Option<internal.Info> = internal.infoOf

/**
 * Options of `Tls.connect`: the options of `Network.connect`, and the options of the handshake.
 *
 * @since 0.1.0
 * @category options
 */
export interface ConnectOptions
  extends Omit<internal.ClientOptions, "name" | "highWaterMark" | "closeTimeout">,
    Network.ConnectOptions {
  /** The name to verify. Default: the host of the target. A Unix path has no host, so set `name` for it. */
  readonly name?: string | undefined
}

/**
 * Connects, and does the handshake of a client. Returns the TLS socket. The Scope closes the socket.
 *
 * Waits for the connection up to `timeout`, and for the handshake up to `handshakeTimeout`. If it fails or is
 * interrupted, no connection stays open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const connect = <T extends Network.Target>(
  target: T,
  options?: ConnectOptions
): Effect.Effect<
  internal.TlsSocket,
  SocketError.ConnectError | Network.TargetError<T> | internal.TlsError | internal.TlsConfigError,
  Network.Network | Tls | Scope.Scope
> =>
  withAddress(target, reachable, address => {
    const side = { ...options, name: options?.name ?? nameOf(address) }
    const connected = Effect.flatMap(Tls, tls =>
      Effect.zipRight(
        tls.checkClient(side),
        Effect.flatMap(Network.connect(address, options), socket => tls.client(socket, side))
      )
    )
    return Effect.uninterruptibleMask(restore =>
      Effect.flatMap(Effect.scope, parent =>
        Effect.flatMap(Scope.fork(parent, ExecutionStrategy.sequential), scope =>
          connected.pipe(
            Scope.extend(scope),
            restore,
            Effect.onExit(exit => (Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void))
          )
        )
      )
    )
  })

/** Returns `""` for a Unix path. `client` refuses this name with reason `BadName`. */
const nameOf = (address: SocketAddress.SocketAddress): string => (address._tag === "Unix" ? "" : address.host)

/**
 * Options of `Tls.listen`: the options of `Network.listen`, and the options of the handshakes.
 *
 * @since 0.1.0
 * @category options
 */
export interface ListenOptions
  extends Omit<internal.ListenerOptions, "highWaterMark" | "closeTimeout">,
    Network.ListenOptions {}

/**
 * Listens, and does a handshake for each connection, as `Tls.listener` does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const listen = <T extends Network.Target>(
  address: T,
  options: ListenOptions = {}
): Effect.Effect<
  internal.TlsListener,
  SocketError.ListenError | Network.TargetError<T> | internal.TlsConfigError,
  Network.Network | Tls | Scope.Scope
> =>
  Effect.flatMap(Tls, tls =>
    Effect.zipRight(
      tls.checkServer(options),
      Effect.flatMap(Network.listen(address, options), plain => internal.listener(tls, plain, options))
    )
  )

/**
 * Makes a listener that does a handshake for each connection of a plain listener. Up to `handshakes` of them run at the
 * same time, so a silent peer does not delay other peers. Each handshake may take `handshakeTimeout`. `accept` returns
 * connections in the order in which their handshakes end. When the Scope closes, the listener closes, and running
 * handshakes are interrupted. Do not use the plain listener any more.
 *
 * @since 0.1.0
 * @category constructors
 */
export const listener: {
  (
    options: internal.ListenerOptions
  ): (plain: Listener.Listener) => Effect.Effect<internal.TlsListener, internal.TlsConfigError, Tls | Scope.Scope>
  (
    plain: Listener.Listener,
    options: internal.ListenerOptions
  ): Effect.Effect<internal.TlsListener, internal.TlsConfigError, Tls | Scope.Scope>
} = dual(2, (plain: Listener.Listener, options: internal.ListenerOptions) =>
  Effect.flatMap(Tls, tls => internal.listener(tls, plain, options))
)
