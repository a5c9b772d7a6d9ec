/**
 * The interface below a connection: a `Wire` carries the bytes, and reports to a `Feed`. The receive buffer, the send
 * queue, the timeouts and the close use only this interface, so they are the same for every kind of connection. The
 * types are public as part of `Socket`.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { Buffers } from "../send/index.ts"

/** Why a connection broke. */
export interface Failure {
  /** The error code of the operating system, such as `ECONNRESET`. */
  readonly code?: string | undefined
  /** The reason of the errors. Default: the reason that belongs to `code`, or `Unknown` if there is no `code`. */
  readonly reason?:
    | "Reset"
    | "TimedOut"
    | "HostUnreachable"
    | "Truncated"
    | "Tampered"
    | "Rejected"
    | "Unknown"
    | undefined
  /** The original error. It becomes the `cause` of the errors. */
  readonly cause?: unknown
}

/**
 * The functions that a wire calls to report to its socket. Calls after `closed` have no effect.
 */
export interface Feed {
  /**
   * Reports that bytes have arrived. The socket owns the chunk from now on, so the wire must not change the chunk
   * again. When `highWaterMark` bytes or more are buffered and no receive waits for more bytes, the socket calls
   * `pause`.
   */
  push(chunk: Uint8Array): void
  /** Reports that the peer has ended its half. No more bytes will arrive. */
  end(): void
  /**
   * Reports that the connection broke. Sends fail at once. Receives first return the bytes that arrived before, then
   * fail.
   */
  fail(failure: Failure): void
  /**
   * Reports that the wire no longer needs the buffers of the last `write`. Call it once after each `write` that
   * returned false, and never after a `write` that returned true.
   */
  drained(): void
  /** Reports that the sending half has ended. Call it once after the socket has called the wire's `end`. */
  finished(): void
  /** Reports that the connection is gone and that the wire has released all its resources. */
  closed(): void
}

/**
 * Carries the bytes of a connection. To add a kind of connection, implement this interface and pass it to
 * `Socket.fromWire`. The socket calls the members. A member must not throw and must not block. If a member calls the
 * feed, the socket may call another member before that call returns, for example `pause` inside `resume`.
 */
export interface Wire {
  /** The address of this end. */
  readonly localAddress: SocketAddress.Resolved
  /** The address of the peer. */
  readonly remoteAddress: SocketAddress.Resolved
  /**
   * Starts or continues reading. A wire begins paused. When the socket is ready, it calls `resume`. The wire must not
   * call the feed before the first `resume`.
   */
  resume(): void
  /** Stops reading. The wire may still push the chunk that it is currently reading. */
  pause(): void
  /**
   * Sends bytes. Returns true if the wire no longer needs the buffers, because the operating system has taken them or
   * the wire has copied them. Otherwise returns false, and the wire may use the buffers until it calls `drained`. Until
   * then, the socket does not call `write`, `end` or `close`.
   */
  write(buffers: Buffers): boolean
  /**
   * Ends the sending half, then calls `finished`. The socket calls `end` only after the wire has taken all written
   * bytes. The socket does not call `write` after `end`.
   */
  end(): void
  /**
   * Closes the connection, then calls `closed`. If the sending half is still open, ends it first. The socket calls
   * `close` only after the wire has taken all written bytes. Bytes that still arrive are dropped. If unread bytes would
   * turn the end into a reset, as in TCP, the wire must read them first.
   */
  close(): void
  /**
   * Drops the connection and all unsent bytes at once. If `reset` is true and the wire can reset, the peer should see a
   * reset and not an end. For the socket, the connection is gone when this call returns, even if the wire does not call
   * `closed`.
   */
  destroy(reset: boolean): void
  /**
   * Called when a close of the socket waits for a write in flight. The wire may drop bytes that arrive from now on.
   * Default: the socket calls `resume`.
   */
  discard?(): void
  /** Gives the memory of a pushed chunk back to the wire. Default: the garbage collector frees the memory. */
  recycle?(chunk: Uint8Array): void
  /** The number of written bytes that the operating system has not taken. Default: all bytes of the last `write`. */
  readonly bytesUnsent?: number
  /**
   * Runs the callback after one turn of the event loop. Default: `setImmediate`, or a sleep of 0 on a platform without
   * `setImmediate`.
   */
  later?(callback: () => void): void
  /**
   * Runs the callback after `millis` milliseconds. Returns a function that cancels the call. Default: the live Clock.
   */
  after?(millis: number, callback: () => void): () => void
}

/** A wire that has all optional members. */
export type FullWire = Required<Wire>

/** Options of a connection on a wire. */
export interface WireOptions {
  /**
   * When this many received bytes are buffered and no receive waits for more, the socket pauses the wire. Default: 128
   * KiB.
   */
  readonly highWaterMark?: number | undefined
  /**
   * How long a close may take. After that time, the socket calls `destroy` of the wire. If a send is unfinished then,
   * the argument `reset` is true. The wire's `after` measures the time. Default: 1 second.
   */
  readonly closeTimeout?: Duration.DurationInput | undefined
}
