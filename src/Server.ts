/**
 * Servers run a handler for each connection of a listener. A server can limit the number of connections, and reports
 * how each connection ended. `serve` runs a server in the foreground. `make` and the layers run a server in the
 * background, and drain it when their Scope closes. A server that drains accepts no more connections, and waits for the
 * running handlers.
 *
 * `handlerTimeout` limits a handler as a whole. To limit the silence of a peer or the time of one message, use the
 * `timeouts` of the listener (`Network.listen`, `Server.layerAs`).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { checked } from "./internal/option/index.ts"
import * as internal from "./internal/server/index.ts"
import {
  type Draining,
  type Handler,
  type ListenerOf,
  type RunOptions,
  type Service,
  settingsOf,
  start
} from "./internal/server/index.ts"
import { handshakesFailed, handshaking } from "./internal/tls/index.ts"
import * as Network from "./Network.ts"
import type * as Socket from "./Socket.ts"
import type * as SocketError from "./SocketError.ts"
import * as Tls from "./Tls.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Connection,
  /**
   * @since 0.1.0
   * @category models
   */
  Drained,
  /**
   * @since 0.1.0
   * @category models
   */
  Handler,
  /**
   * @since 0.1.0
   * @category models
   */
  ListenerOf,
  /**
   * @since 0.1.0
   * @category models
   */
  Outcome,
  /**
   * @since 0.1.0
   * @category models
   */
  Reason,
  /**
   * @since 0.1.0
   * @category models
   */
  RefusedReason,
  /**
   * @since 0.1.0
   * @category options
   */
  RunOptions,
  /**
   * @since 0.1.0
   * @category options
   */
  ServeOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  Service
} from "./internal/server/index.ts"
export {
  /**
   * @since 0.1.0
   * @category tags
   */
  Draining,
  /**
   * @since 0.1.0
   * @category serving
   */
  serve
} from "./internal/server/index.ts"

/**
 * The server of a program that has only one server. `layer` provides it.
 *
 * @since 0.1.0
 * @category tags
 */
export class Server extends Context.Tag("effect-sockets/Server")<Server, Service>() {}

/**
 * Metrics of all servers of the process together. To tell servers apart, put `Effect.tagMetrics` around `serve`, `make`
 * or `layerAs`. `refused` and `failed` have a tag `reason`, which is a `RefusedReason` or a `Reason`. To read the
 * number for one reason, use `Metric.tagged(Server.metrics.refused, "reason", "Full")`.
 *
 * A handshake that failed is not an outcome, because no handler has run. It counts in `handshakesFailed`, which has a tag
 * `reason` too. Handshakes have the tags of the fiber that made the listener.
 *
 * The bytes of a connection are counted when the connection has ended. Connections that the listener itself refuses are
 * counted later: when the server accepts its next connection, or when it drains.
 *
 * @since 0.1.0
 * @category metrics
 */
export const metrics = {
  /** Connections whose handler runs, or that are closing. */
  open: internal.open,
  /** Connections that were passed to the handler. */
  accepted: internal.accepted,
  /** Connections that were not passed to the handler, by reason. They include those passed to `whenFull`. */
  refused: internal.refused,
  /** Handlers that did not succeed, by reason. */
  failed: internal.failed,
  /** TLS handshakes that run. */
  handshaking,
  /** TLS handshakes that failed, by reason (`Tls.TlsReason`). */
  handshakesFailed,
  /** Bytes received on connections of `accepted` that have ended. */
  bytesReceived: internal.bytesReceived,
  /** Bytes sent on connections of `accepted` that have ended. */
  bytesSent: internal.bytesSent
} as const

/**
 * Starts a server in the background and drains it when the Scope closes. Returns the running server. The drain also
 * closes the listener. To run a server in the foreground, use `serve`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R, R2 = never, S extends Socket.Socket = Socket.Socket>(
  listener: ListenerOf<S>,
  handler: Handler<E, R, S>,
  options?: RunOptions<NoInfer<E>, R2>
): Effect.Effect<Service, never, Exclude<R | R2, Scope.Scope | Draining> | Scope.Scope> =>
  Effect.acquireRelease(start(listener, handler, options), server => server.drain)

/**
 * Options of a layer whose server uses TLS.
 *
 * @since 0.1.0
 * @category options
 */
export interface TlsLayerOptions<E = never, R = never> extends RunOptions<E, R>, Network.ListenOptions {
  /**
   * The options of the handshakes, and the context with the certificate. Each connection does its handshake before it
   * counts toward `maxConnections`. A drain ends the handshakes that run.
   */
  readonly tls: Omit<Tls.ListenerOptions, keyof Network.ListenOptions>
}

/**
 * Provides a server that listens at `address`, as a service of your own. So a program can have several servers, and the
 * compiler tells them apart. The server listens as soon as the layer has been built. When the layer's Scope closes, the
 * server drains. `options` are those of `make` and of `Network.listen`. With the option `tls`, the server uses TLS, and the
 * handler gets a `Tls.TlsSocket`.
 *
 * @example
 * ```ts
 * import * as Context from "effect/Context"
 * import * as Layer from "effect/Layer"
 * import { Server } from "effect-sockets"
 *
 * export class Public extends Context.Tag("my-app/Public")<Public, Server.Service>() {}
 * export class Admin extends Context.Tag("my-app/Admin")<Admin, Server.Service>() {}
 *
 * export const servers = Layer.merge(
 *   Server.layerAs(Public, "[::]:8080", socket => socket.sendText("hello"), { maxConnections: 1000 }),
 *   Server.layerAs(Admin, "127.0.0.1:8081", socket => socket.sendText("all is well"))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export function layerAs<Self, T extends Network.Target, E, R, R2 = never>(
  tag: Context.Tag<Self, Service>,
  address: T,
  handler: Handler<E, R, Tls.TlsSocket>,
  options: TlsLayerOptions<NoInfer<E>, R2>
): Layer.Layer<
  Self,
  SocketError.ListenError | Network.TargetError<T> | Tls.TlsConfigError,
  Network.Network | Tls.Tls | Exclude<R | R2, Scope.Scope | Draining>
>
export function layerAs<Self, T extends Network.Target, E, R, R2 = never>(
  tag: Context.Tag<Self, Service>,
  address: T,
  handler: Handler<E, R>,
  options?: RunOptions<NoInfer<E>, R2> & Network.ListenOptions
): Layer.Layer<
  Self,
  SocketError.ListenError | Network.TargetError<T>,
  Network.Network | Exclude<R | R2, Scope.Scope | Draining>
>
export function layerAs<Self, T extends Network.Target, E, R, R2 = never>(
  tag: Context.Tag<Self, Service>,
  address: T,
  handler: Handler<E, R, Tls.TlsSocket>,
  options: Partial<TlsLayerOptions<E, R2>> = {}
) {
  const { tls } = options
  // The check compares the context with that of one overload, and the implementation serves both.
  // @effect-diagnostics-next-line missingLayerContext:off
  return Layer.scoped(
    tag,
    checked(
      () => settingsOf(options),
      () =>
        tls === undefined
          ? Effect.flatMap(Network.listen(address, options), listener =>
              make(listener, handler as Handler<E, R>, options)
            )
          : Effect.flatMap(Tls.listen(address, { ...options, ...tls }), listener => make(listener, handler, options))
    )
  )
}

/**
 * Provides the server of a program that has only one: `layerAs` with the tag `Server`. In one program, a second such
 * layer would replace the first in the context. With the option `tls`, the server uses TLS.
 *
 * @example
 * ```ts
 * import { Server } from "effect-sockets"
 *
 * export const greeter = Server.layer("[::]:8080", socket => socket.sendText("hello"), {
 *   maxConnections: 1000,
 *   handlerTimeout: "5 seconds"
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export function layer<T extends Network.Target, E, R, R2 = never>(
  address: T,
  handler: Handler<E, R, Tls.TlsSocket>,
  options: TlsLayerOptions<NoInfer<E>, R2>
): Layer.Layer<
  Server,
  SocketError.ListenError | Network.TargetError<T> | Tls.TlsConfigError,
  Network.Network | Tls.Tls | Exclude<R | R2, Scope.Scope | Draining>
>
export function layer<T extends Network.Target, E, R, R2 = never>(
  address: T,
  handler: Handler<E, R>,
  options?: RunOptions<NoInfer<E>, R2> & Network.ListenOptions
): Layer.Layer<
  Server,
  SocketError.ListenError | Network.TargetError<T>,
  Network.Network | Exclude<R | R2, Scope.Scope | Draining>
>
export function layer<T extends Network.Target, E, R, R2 = never>(
  address: T,
  handler: Handler<E, R, Tls.TlsSocket>,
  options?: RunOptions<E, R2> & Network.ListenOptions
) {
  // The check compares the context with that of one overload, and the implementation serves both.
  // @effect-diagnostics-next-line missingLayerContext:off
  return layerAs(Server, address, handler as Handler<E, R>, options)
}
