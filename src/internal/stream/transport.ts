/**
 * A connection that no Scope owns yet: what a driver hands over, and what a `Socket` is built on.
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

/** What a socket has done so far and what it holds now, in bytes. */
export interface Stats {
  /** Arrived from the peer. */
  readonly bytesReceived: number
  /** Arrived, and not received by the program yet. */
  readonly bytesBuffered: number
  /** Handed over to be sent, whether they have arrived or not. */
  readonly bytesSent: number
  /** Of sends that wait or are in flight: an upper bound of what the system has not taken yet. */
  readonly bytesUnsent: number
}

export const TransportTypeId: unique symbol = Symbol.for("effect-sockets/Socket/Transport")

/**
 * A connection that no Scope owns yet. `Socket.transport` makes one, and a `Network.Driver` gives it to `own`. It has no
 * operations of its own: the socket that it becomes has them.
 */
export interface Transport {
  readonly [TransportTypeId]: typeof TransportTypeId
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
}

/**
 * What a `Transport` really is. The contract of each member is that of the `Socket`'s member of the same name. Timeouts
 * and observers come with each call, so that many sockets can share one connection.
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

/** Every transport is made in this library, as a `Connection`. */
export const connectionOf = (transport: Transport): Connection => transport as Connection
