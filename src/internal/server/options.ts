/**
 * What a caller says of a server, and what a handler is told by it. Public as part of `Server`.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type * as Socket from "../../Socket.ts"
import type { AcceptError } from "../../SocketError.ts"
import type { Outcome } from "./outcome.ts"

/**
 * What is done with a connection. Its Scope is the connection's: it closes as the handler ends, and the socket in it.
 *
 * @since 0.1.0
 * @category models
 */
export type Handler<E, R> = (socket: Socket.Socket) => Effect.Effect<unknown, E, R>

/**
 * @since 0.1.0
 * @category options
 */
export interface ServeOptions<E = never, R = never> {
  /** How many connections have a handler at a time: as many as come, by default. */
  readonly maxConnections?: number | undefined
  /**
   * What becomes of those beyond it. `"queue"`, by default: they wait in the listener's accept queue, and beyond that they
   * are reset. `"refuse"`: they are reset. A handler: it answers them, 128 of them at a time and for 5 seconds at most
   * (less with a `handlerTimeout` of less); those beyond are reset. What an answer fails with is logged at debug.
   */
  readonly whenFull?: "queue" | "refuse" | Handler<unknown, R> | undefined
  /**
   * How long a handler may take before it is interrupted, with the finalizers of its Scope, which cannot be: what hangs
   * in them is given up as `Stuck`. As long as it likes, by default.
   */
  readonly handlerTimeout?: Duration.DurationInput | undefined
  /**
   * How long a handler that was interrupted may take to end before its connection is aborted, and then once more before
   * it is given up as `Stuck`: a second by default.
   */
  readonly interruptTimeout?: Duration.DurationInput | undefined
  /**
   * When to accept again after accepting failed: by default after 5 ms, then twice as long each time, up to a second, for
   * ever. It begins anew after a success, and is never sooner than after 5 ms. A listener that was closed is not asked
   * again.
   */
  readonly acceptRetry?: Schedule.Schedule<unknown, AcceptError, R> | undefined
  /** Runs when a connection has ended, whatever came of it, uninterruptibly. What it dies of is logged. */
  readonly onOutcome?: ((outcome: Outcome<E>) => Effect.Effect<void, never, R>) | undefined
}

/**
 * @since 0.1.0
 * @category options
 */
export interface RunOptions<E = never, R = never> extends ServeOptions<E, R> {
  /** How long handlers may go on when the server drains, before they are interrupted: 10 seconds by default. */
  readonly drainTimeout?: Duration.DurationInput | undefined
}

/**
 * Whether the server that a handler works for drains: every handler is given it, so that it can bring a conversation to
 * its end before it is interrupted.
 *
 * @since 0.1.0
 * @category tags
 */
export class Draining extends Context.Tag("effect-sockets/Server/Draining")<
  Draining,
  {
    readonly isDraining: Effect.Effect<boolean>
    /** Waits until the server drains, which may be never. */
    readonly await: Effect.Effect<void>
  }
>() {}
