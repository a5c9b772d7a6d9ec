/**
 * A bound, listening socket: what `Network.listen` gives. It hands out connections one by one; running a handler for
 * each of them is a server's business, not its own.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Pipeable from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { type Acceptor, AcceptQueue, type QueueOptions, type Stats, spanned } from "./internal/accept/index.ts"
import { type OnFailure, own } from "./internal/stream/index.ts"
import { type DecodedTimeouts, decodeTimeouts } from "./internal/waiting/index.ts"
import type * as Socket from "./Socket.ts"
import * as SocketAddress from "./SocketAddress.ts"
import type * as SocketError from "./SocketError.ts"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("effect-sockets/Listener")

/**
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

  /** Where it listens, with the port that it really has. */
  readonly address: SocketAddress.Resolved

  /**
   * Waits for a connection and acquires it for the Scope, which closes it in the end. Several fibers may wait, first
   * in, first out. Interrupted, it loses no connection. After the listener has closed it fails with reason `Closed`. A
   * client that reset meanwhile is given like any other: its `recv` says so. POSIX `accept`.
   */
  readonly accept: Effect.Effect<Socket.Socket, SocketError.AcceptError, Scope.Scope>

  /**
   * Stops listening and lets go of the address; connections that nobody accepted are closed, accepted ones live on.
   * Never fails; twice is fine. The Scope runs it in the end.
   */
  readonly close: Effect.Effect<void>

  /** The counters, as they are now. */
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
    this.accept = spanned(
      Effect.scopeWith(scope => acceptor.accept(transport => own(scope, transport, onFailure, timeouts))),
      "Listener.accept",
      "server",
      acceptor.address
    )
    this.close = acceptor.close
    this.stats = acceptor.stats
  }
  pipe() {
    // biome-ignore lint/complexity/noArguments: how Pipeable is implemented
    return Pipeable.pipeArguments(this, arguments)
  }
  toJSON() {
    return { _id: "effect-sockets/Listener", address: SocketAddress.format(this.address) }
  }
}

/**
 * A `Listener` on an acceptor. `onFailure` says how a connection ends whose scope failed, `timeouts` how long it waits for
 * its peer.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  acceptor: Acceptor,
  options?: { readonly onFailure?: OnFailure | undefined; readonly timeouts?: Socket.Timeouts | undefined }
): Listener => new ListenerImpl(acceptor, options?.onFailure, decodeTimeouts(options?.timeouts))

/**
 * @since 0.1.0
 * @category guards
 */
export const isListener = (u: unknown): u is Listener => Predicate.hasProperty(u, TypeId)

/**
 * An acceptor to which connections are offered: the lower seam of a listener. It keeps those that wait, first in, first
 * out, refuses those beyond `capacity`, and gives each to one fiber. Every listener of this library is made of one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const queue = <C>(options: QueueOptions<C>): Acceptor & { readonly offer: (connection: C) => void } =>
  new AcceptQueue(options)
