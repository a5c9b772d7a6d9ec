/**
 * Servers: a handler for each connection of a listener, and what a server has to be beside that: bounded, watched, and
 * able to end. `serve` is one that lives as long as its fiber; `make` and `layer` give one that runs beside the program
 * and drains when its Scope closes. How long a handler may take in all is `handlerTimeout`; how long a peer may be silent,
 * or take for one message, is said by the `timeouts` of the listener (`Network.listen`, `Server.layer`).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as internal from "./internal/server/index.ts"
import { type Draining, type Handler, type RunOptions, type Service, start } from "./internal/server/index.ts"
import type * as Listener from "./Listener.ts"
import * as Network from "./Network.ts"
import type * as SocketError from "./SocketError.ts"

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
 * A server that runs.
 *
 * @since 0.1.0
 * @category tags
 */
export class Server extends Context.Tag("effect-sockets/Server")<Server, Service>() {}

/**
 * What servers count, all of a process together; `Effect.tagMetrics` around `serve`, `make` or `layer` tells them apart.
 * `refused` and `failed` are tagged with a `reason` (`RefusedReason`, `Reason`): `Metric.tagged(refused, "reason", "Full")`.
 * Bytes are counted when their connection has ended; what a listener itself refuses, when the server accepts the next.
 *
 * @since 0.1.0
 * @category metrics
 */
export const metrics = {
  open: internal.open,
  accepted: internal.accepted,
  refused: internal.refused,
  failed: internal.failed,
  bytesReceived: internal.bytesReceived,
  bytesSent: internal.bytesSent
} as const

/**
 * A server on a listener, for whom `serve` would be too little: it runs from now on, beside the program, and drains when
 * the Scope closes. It closes the listener.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R, R2 = never>(
  listener: Listener.Listener,
  handler: Handler<E, R>,
  options?: RunOptions<NoInfer<E>, R2>
): Effect.Effect<Service, never, Exclude<R | R2, Scope.Scope | Draining> | Scope.Scope> =>
  Effect.acquireRelease(start(listener, handler, options), server => server.drain)

/**
 * A server that listens at an address. It listens before the layer is built, and when the layer's Scope closes it drains.
 * `options` are those of `make` and of `Network.listen`.
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
export const layer = <T extends Network.Target, E, R, R2 = never>(
  address: T,
  handler: Handler<E, R>,
  options?: RunOptions<NoInfer<E>, R2> & Network.ListenOptions
): Layer.Layer<
  Server,
  SocketError.ListenError | Network.TargetError<T>,
  Network.Network | Exclude<R | R2, Scope.Scope | Draining>
> =>
  Layer.scoped(
    Server,
    Effect.flatMap(Network.listen(address, options), listener => make(listener, handler, options))
  )
