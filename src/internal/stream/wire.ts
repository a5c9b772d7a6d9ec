/**
 * The lower seam: what carries the bytes of a connection, and what it reports. The receive buffer, the send queue, the
 * timeouts and the close are built on it once, for every kind of connection. Public as part of `Socket`.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { Buffers } from "../send/index.ts"

/** Why a connection broke. */
export interface Failure {
  /** The code of the operating system, such as `ECONNRESET`: the reason of the errors is derived from it. */
  readonly code?: string | undefined
  /** The reason of the errors, where there is no code. Default: `Unknown`. */
  readonly reason?: "Reset" | "TimedOut" | "HostUnreachable" | "Unknown" | undefined
  /** The original error. */
  readonly cause?: unknown
}

/**
 * What a wire reports to its socket. Calls after `closed` have no effect.
 */
export interface Feed {
  /**
   * Bytes arrived. The chunk belongs to the socket from now on: the wire must not write to it again. At or above
   * `highWaterMark` buffered bytes the socket calls `pause`.
   */
  push(chunk: Uint8Array): void
  /** The peer has ended its half: no more bytes will arrive. */
  end(): void
  /** The connection broke. What arrived before can still be received; after it, every operation fails. */
  fail(failure: Failure): void
  /** All that `write` had not taken at once has been taken. */
  drained(): void
  /** The sending half has ended, after `end` of the wire was called. */
  finished(): void
  /** The connection is gone, and so is whatever the wire held. */
  closed(): void
}

/**
 * What carries the bytes of a connection. The socket calls its members, never one inside another, and reports nothing
 * else. A member must not throw, and must not block.
 */
export interface Wire {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  /**
   * Starts, or goes on after `pause`. A wire begins paused, and is first resumed once the socket exists: from then on it
   * may use its feed.
   */
  resume(): void
  /** Stops. At most the chunk that is being read may still be pushed. */
  pause(): void
  /**
   * Takes bytes to send. Returns true if it is done with the buffers: they were handed to the system, or copied. Else it
   * keeps the buffers, unchanged, until it calls `drained`. No other `write` and no `end` comes before that.
   */
  write(buffers: Buffers): boolean
  /** Ends the sending half, and then calls `finished`. Everything written has been taken. No `write` follows. */
  end(): void
  /**
   * Closes gracefully, and then calls `closed`: ends the sending half, if that has not been done, and lets the connection
   * go. Everything written has been taken. What still arrives is dropped: if it would turn the end into a reset, as
   * unread bytes do in TCP, the wire reads it first.
   */
  close(): void
  /**
   * Lets the connection go at once, also what is unsent, and then calls `closed`. With `reset` the peer should be able to
   * tell this from an end, if the wire can do that.
   */
  destroy(reset: boolean): void
  /** `close` waits for a write: from now on, what arrives can be dropped. Default: `resume`. */
  discard?(): void
  /** Takes back the memory of a pushed chunk of which no part is used any more. Default: the collector takes it. */
  recycle?(chunk: Uint8Array): void
  /** How many written bytes have not been taken. Default: all of the last `write`. */
  readonly bytesUnsent?: number
  /** Runs the callback after a turn of the event loop. Default: after a sleep of 0 by the live Clock. */
  later?(callback: () => void): void
  /** Runs the callback after so many milliseconds; returns what cancels that. Default: by the live Clock. */
  after?(millis: number, callback: () => void): () => void
}

/** A wire with nothing left to default. */
export type FullWire = Required<Wire>

/** Options of a connection on a wire. */
export interface WireOptions {
  /** How many received bytes are buffered before the wire is paused. In bytes. Default: 128 KiB. */
  readonly highWaterMark?: number | undefined
  /** How long `close` may take to flush, by the wire's `after`. Default: 1 second. */
  readonly closeTimeout?: Duration.DurationInput | undefined
}
