/**
 * What a socket is made of. Public as part of `Socket`.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as SocketAddress from "../../SocketAddress.ts"
import type * as SocketError from "../../SocketError.ts"
import type { Step } from "../receive/step.ts"
import type { SocketTimeouts } from "../waiting/timeouts.ts"

/** What a socket has done so far and what it holds now, in bytes. */
export interface Stats {
  /** Taken from the system. */
  readonly bytesReceived: number
  /** Received, and not yet returned to anybody. */
  readonly bytesBuffered: number
  /** Handed over to be sent, whatever became of it. */
  readonly bytesSent: number
  /** Of sends that wait or have begun, and are not done: an upper bound of what the system has yet to take. */
  readonly bytesUnsent: number
}

/**
 * What a `Socket` is made of. The contract of each member is that of the `Socket`'s member of the same name. Where it is
 * given `timeouts`, a receive or a send that waits for longer fails with reason `TimedOut`; one that is interrupted or
 * timed out leaves the same.
 */
export interface Transport {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  /** As `Socket.recv`. */
  readonly recv: (
    bufsize: number,
    timeouts?: SocketTimeouts
  ) => Effect.Effect<Option.Option<Uint8Array>, SocketError.RecvError>
  /** As `Socket.receive`. */
  readonly recvWith: <A, E>(step: Step<A, E>, timeouts?: SocketTimeouts) => Effect.Effect<A, E | SocketError.RecvError>
  /** As `Socket.sendAll`. */
  readonly sendAll: (
    bytes: Uint8Array | ReadonlyArray<Uint8Array>,
    timeouts?: SocketTimeouts
  ) => Effect.Effect<void, SocketError.SendError>
  readonly shutdownSend: Effect.Effect<void, SocketError.SendError>
  readonly close: Effect.Effect<void>
  readonly abort: Effect.Effect<void>
  readonly awaitEnd: Effect.Effect<void>
  readonly stats: Effect.Effect<Stats>
}
