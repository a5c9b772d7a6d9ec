/**
 * A bound, listening socket. `Network.listen` returns one. Its `accept` returns connections one by one. To run a
 * handler for each connection, use `Server`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Pipeable from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { type Acceptor, AcceptQueue, type QueueOptions, type Stats, spanned } from "./internal/accept/index.ts"
import { type OnFailure, ownLater } from "./internal/stream/index.ts"
import { type DecodedTimeouts, decodeTimeouts } from "./internal/waiting/index.ts"
import type * as Socket from "./Socket.ts"
import * as SocketAddress from "./SocketAddress.ts"
import type * as SocketError from "./SocketError.ts"

/**
 * Marks a `Listener`, so that `isListener` recognizes it.
 *
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("effect-sockets/Listener")

/**
 * The type of the symbol `TypeId`.
 *
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Acceptor,
  /**
   * @since 0.1.0
   * @category options
   */
  QueueOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  Stats
} from "./internal/accept/index.ts"

/**
 * A bound, listening socket.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listener extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: TypeId

  /**
   * The address that the listener is bound to. If it was bound to port 0, the address has the port that was assigned.
   */
  readonly address: SocketAddress.Resolved

  /**
   * Accepts a connection and acquires it for the Scope, which closes it. Returns its socket. Waits for a connection.
   * Several fibers may wait, first in, first out. After the listener has closed, fails with reason `Closed`. If
   * `accept` is interrupted, the connection stays for the next `accept`. A client that has already reset is returned
   * like any other client. Receiving from it fails with reason `Reset`, after the bytes that arrived before the reset.
   * POSIX: `accept`.
   */
  readonly accept: Effect.Effect<Socket.Socket, SocketError.AcceptError, Scope.Scope>

  /**
   * Stops listening and releases the address. Connections that no fiber has accepted are reset (Unix sockets: closed).
   * Accepted connections stay open. Never fails, and may be called again. When the Scope of the listener closes, the
   * Scope calls `close`.
   */
  readonly close: Effect.Effect<void>

  /** Returns the counters of this listener. */
  readonly stats: Effect.Effect<Stats>
}

class ListenerImpl extends Inspectable.Class implements Listener {
  readonly [TypeId]: TypeId = TypeId
  readonly address: SocketAddress.Resolved
  readonly accept: Effect.Effect<Socket.Socket, SocketError.AcceptError, Scope.Scope>
  readonly close: Effect.Effect<void>
  readonly stats: Effect.Effect<Stats>
  constructor(acceptor: Acceptor, onFailure: OnFailure | undefined, timeouts: DecodedTimeouts | undefined) {
    super()
    this.address = acceptor.address
    // The tracing span covers only the wait, and ends before the connection is taken. An interruption can come when a
    // span ends. It would lose a connection that had already been taken.
    const accepted = spanned(acceptor.accept, "Listener.accept", "server", acceptor.address)
    this.accept = Effect.scopeWith(scope =>
      Effect.flatMap(accepted, take =>
        Effect.flatMap(ownLater(scope, onFailure, timeouts), own => Effect.sync(() => own(take())))
      )
    )
    this.close = acceptor.close
    this.stats = acceptor.stats
  }
  pipe() {
    // biome-ignore lint/complexity/noArguments: `pipeArguments` takes the arguments object
    return Pipeable.pipeArguments(this, arguments)
  }
  toJSON() {
    return { _id: "effect-sockets/Listener", address: SocketAddress.format(this.address) }
  }
}

/**
 * Makes a `Listener` from an acceptor. `onFailure` decides how a connection ends if its Scope fails. `timeouts` are the
 * timeouts of each accepted connection. Default: no timeout.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  acceptor: Acceptor,
  options?: { readonly onFailure?: OnFailure | undefined; readonly timeouts?: Socket.Timeouts | undefined }
): Listener => new ListenerImpl(acceptor, options?.onFailure, decodeTimeouts(options?.timeouts))

/**
 * Returns true if the value is a `Listener`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isListener = (u: unknown): u is Listener => Predicate.hasProperty(u, TypeId)

/**
 * An `Acceptor` with a queue of connections that wait to be accepted. `queue` makes one.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueuedAcceptor<C> extends Acceptor {
  /**
   * Gives a connection to a waiting `accept`, or queues it. If the queue is full or the acceptor has closed, refuses
   * it.
   */
  readonly offer: (connection: C) => void
}

/**
 * Makes an acceptor with a queue, for a driver that listens. The driver calls `offer` for each connection. Connections
 * wait in the queue, first in, first out, until a fiber accepts them. Connections beyond `capacity` are refused. All
 * networks of this library use this queue.
 *
 * @since 0.1.0
 * @category constructors
 */
export const queue = <C>(options: QueueOptions<C>): QueuedAcceptor<C> => new AcceptQueue(options)
