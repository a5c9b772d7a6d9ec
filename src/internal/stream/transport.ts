/**
 * A connection that no Scope owns yet. A driver makes it, and `own` makes a `Socket` from it.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as SocketAddress from "../../SocketAddress.ts"
import type * as SocketError from "../../SocketError.ts"
import type { RecvObserver, Step } from "../receive/index.ts"
import type { Buffers, SendObserver } from "../send/index.ts"
import type { SocketTimeouts } from "../waiting/index.ts"

/** The counters of a connection, in bytes. */
export interface Stats {
  /** Bytes that have arrived from the peer so far, consumed or not. */
  readonly bytesReceived: number
  /** Bytes that have arrived and wait in the receive buffer. */
  readonly bytesBuffered: number
  /** Bytes of the sends that have begun so far, even if the bytes have not been sent completely. */
  readonly bytesSent: number
  /**
   * Bytes of sends that the operating system has not taken yet. The true number may be smaller than this number, but
   * never greater.
   */
  readonly bytesUnsent: number
}

/** The symbol that marks a value as a `Transport`. */
export const TransportTypeId: unique symbol = Symbol.for("effect-sockets/Socket/Transport")

/**
 * A connection that no Scope owns yet. `Socket.transport` makes one, and a `Network.Driver` passes it to `own`. To
 * receive and send, use the socket that `own` makes from it.
 */
export interface Transport {
  readonly [TransportTypeId]: typeof TransportTypeId
  /** The address of this end. */
  readonly localAddress: SocketAddress.Resolved
  /** The address of the peer. */
  readonly remoteAddress: SocketAddress.Resolved
}

/**
 * The internal type of a `Transport`. A member does what the member of `Socket` with the same name does. Timeouts and
 * observers are arguments of each call, so that several sockets can share one connection.
 */
export interface Connection extends Transport {
  readonly recv: (
    bufsize: number,
    timeouts?: SocketTimeouts,
    observer?: RecvObserver
  ) => Effect.Effect<Option.Option<Uint8Array>, SocketError.RecvError>
  readonly recvWith: <A, E>(
    step: Step<A, E>,
    timeouts?: SocketTimeouts,
    observer?: RecvObserver
  ) => Effect.Effect<A, E | SocketError.RecvError>
  readonly sendAll: (
    buffers: Buffers,
    timeouts?: SocketTimeouts,
    observer?: SendObserver
  ) => Effect.Effect<void, SocketError.SendError>
  readonly shutdownSend: Effect.Effect<void, SocketError.SendError>
  readonly close: Effect.Effect<void>
  readonly abort: Effect.Effect<void>
  readonly awaitEnd: Effect.Effect<void>
  readonly stats: Effect.Effect<Stats>
}

/**
 * Returns the transport as a `Connection`. The cast is safe, because this library makes every `Transport` as a
 * `Connection`.
 */
export const connectionOf = (transport: Transport): Connection => transport as Connection
