/**
 * The handler and the options of a server, and the service that tells a handler to finish. Public as part of `Server`.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import type * as Socket from "../../Socket.ts"
import type { AcceptError } from "../../SocketError.ts"
import { callback, count, duration, oneOf, scheduleOf } from "../option/index.ts"
import type { Outcome } from "./outcome.ts"

/**
 * Handles a connection. The handler runs in the Scope of the connection. When the handler ends, this Scope closes, and
 * then the connection ends.
 *
 * @since 0.1.0
 * @category models
 */
export type Handler<E, R, S extends Socket.Socket = Socket.Socket> = (socket: S) => Effect.Effect<unknown, E, R>

/**
 * A listener whose connections are of a type of their own. A listener with TLS returns sockets that have `info`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListenerOf<S extends Socket.Socket> extends Listener.Listener {
  readonly accept: Effect.Effect<S, AcceptError, Scope.Scope>
}

/**
 * Options for `serve`.
 *
 * @since 0.1.0
 * @category options
 */
export interface ServeOptions<E = never, R = never> {
  /** The most connections that have a handler at the same time. Values from 0 to 1 count as 1. Default: no limit. */
  readonly maxConnections?: number | undefined
  /**
   * What happens to connections beyond `maxConnections`. Default: `"queue"`.
   * - `"queue"`: they wait in the accept queue of the listener. If the queue is full, they are reset.
   * - `"refuse"`: they are reset.
   * - A handler: it runs for each of these connections, for at most 128 at the same time. Connections beyond 128 are
   *   reset. The handler may take 5 seconds, or `handlerTimeout` if that is shorter. A failure of this handler is
   *   logged at debug level.
   */
  readonly whenFull?: "queue" | "refuse" | Handler<unknown, R> | undefined
  /**
   * How long a handler and the finalizers of its Scope may take. After that, the server interrupts the handler.
   * Finalizers cannot be interrupted. If a finalizer hangs, the server gives up the connection, with the reason
   * `Stuck`. Default: no timeout.
   */
  readonly handlerTimeout?: Duration.DurationInput | undefined
  /**
   * How long an interrupted handler may take to end. After that, the server aborts the connection. If the handler has
   * not ended after the same time again, the server gives up the connection, with the reason `Stuck`. Default: 1
   * second.
   */
  readonly interruptTimeout?: Duration.DurationInput | undefined
  /**
   * When to accept again after accepting has failed. The schedule restarts after each success. Each retry waits at
   * least 5 ms. If the listener has closed, there is no retry. Default: waits 5 ms before the first retry, and twice as
   * long before each further retry, up to 1 second. The default never stops.
   */
  readonly acceptRetry?: Schedule.Schedule<unknown, AcceptError, R> | undefined
  /**
   * Runs when a connection has ended, or when the server gives up a connection. The returned effect cannot be
   * interrupted. If the effect dies, the server logs the defect.
   */
  readonly onOutcome?: ((outcome: Outcome<E>) => Effect.Effect<void, never, R>) | undefined
}

/**
 * Options for `make` and `layer`.
 *
 * @since 0.1.0
 * @category options
 */
export interface RunOptions<E = never, R = never> extends ServeOptions<E, R> {
  /**
   * How long handlers may continue when the server drains. After that, the server interrupts them. Default: 10 seconds.
   */
  readonly drainTimeout?: Duration.DurationInput | undefined
}

/** The options of a server, with their defaults. */
export interface Settings {
  readonly maxConnections: number
  readonly handlerTimeout: Duration.Duration
  readonly interruptTimeout: Duration.Duration
  readonly drainTimeout: Duration.Duration
}

/** Returns the options with their defaults. Throws an `OptionError` if an option is invalid. */
export const settingsOf = <E, R>(options: RunOptions<E, R>): Settings => {
  callback("onOutcome", options.onOutcome)
  scheduleOf("acceptRetry", options.acceptRetry)
  if (typeof options.whenFull !== "function") oneOf("whenFull", options.whenFull, ["queue", "refuse"])
  return {
    maxConnections: count("maxConnections", options.maxConnections, Number.POSITIVE_INFINITY, 1),
    handlerTimeout: duration("handlerTimeout", options.handlerTimeout, Duration.infinity),
    interruptTimeout: duration("interruptTimeout", options.interruptTimeout, "1 second"),
    drainTimeout: duration("drainTimeout", options.drainTimeout, "10 seconds")
  }
}

/**
 * Tells a handler that its server drains. The handler can then finish its work before the server interrupts the
 * handler. The server provides this service to every handler. A server that `serve` runs never drains.
 *
 * @since 0.1.0
 * @category tags
 */
export class Draining extends Context.Tag("effect-sockets/Server/Draining")<
  Draining,
  {
    /** Returns true if the server drains or has drained. */
    readonly isDraining: Effect.Effect<boolean>
    /** Waits until the server begins to drain. With `serve` it waits forever. */
    readonly await: Effect.Effect<void>
  }
>() {}
