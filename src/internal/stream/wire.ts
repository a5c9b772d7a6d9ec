/**
 * The interface below a connection: a `Wire` carries its bytes, and reports to a `Feed`. The receive buffer, the send
 * queue, the timeouts and the close are implemented once on top of it, for every kind of connection. The types are
 * public as part of `Socket`.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { Buffers } from "../send/index.ts"

/** Why a connection broke. */
export interface Failure {
  /** The code of the operating system, such as `ECONNRESET`. The reason of the errors follows from it. */
  readonly code?: string | undefined
  /** The reason of the errors. It takes precedence over `code`. Default: derived from `code`, or `Unknown` without one. */
  readonly reason?: "Reset" | "TimedOut" | "HostUnreachable" | "Unknown" | undefined
  /** The original error. */
  readonly cause?: unknown
}

/**
 * The calls that a wire makes to its socket. Calls after `closed` have no effect.
 */
export interface Feed {
  /**
   * Reports that bytes have arrived. The socket owns the chunk from now on, so the wire must not write to it again.
   * When `highWaterMark` bytes or more are buffered, the socket calls `pause`.
   */
  push(chunk: Uint8Array): void
  /** Reports that the peer has ended its half. No more bytes will arrive. */
  end(): void
  /** Reports that the connection broke. Bytes that arrived before can still be received. Then every operation fails. */
  fail(failure: Failure): void
  /**
   * Reports that all bytes of the last `write` have been taken. Required once after each `write` that returned
   * false. Do not call it after a `write` that returned true.
   */
  drained(): void
  /** Reports that the sending half has ended, after a call of the wire's `end`. */
  finished(): void
  /** Reports that the connection is gone and the wire has released everything that it held. */
  closed(): void
}

/**
 * Carries the bytes of a connection. To add a kind of connection, implement this interface and pass it to
 * `Socket.fromWire`. The socket calls the members. A member must not throw and must not block. If a member calls the
 * feed, the socket may call another member before that call returns, for example `pause` inside `resume`.
 */
export interface Wire {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  /**
   * Starts or continues reading. A wire begins paused. The socket calls `resume` first when it is ready, and the wire
   * may not call the feed before that.
   */
  resume(): void
  /** Stops reading. The wire may still push the chunk that it is reading at the moment. */
  pause(): void
  /**
   * Sends bytes. Returns true if the wire no longer needs the buffers, because the operating system has taken them or
   * the wire has copied them. Otherwise returns false, and the wire may use the buffers until it calls `drained`. The
   * socket calls neither `write` nor `end` before that.
   */
  write(buffers: Buffers): boolean
  /** Ends the sending half, then calls `finished`. By then all written bytes have been taken. No `write` follows. */
  end(): void
  /**
   * Closes the connection, then calls `closed`. Ends the sending half first, if it is still open. By then all written
   * bytes have been taken. Bytes that still arrive are dropped. If unread bytes would turn the end into a reset, as in
   * TCP, the wire must read them first.
   */
  close(): void
  /**
   * Drops the connection and all unsent bytes at once. With `reset`, the peer should see a reset and not an end, if the
   * wire can do that. The socket is gone when this call returns, whether or not the wire calls `closed`.
   */
  destroy(reset: boolean): void
  /**
   * Called when `close` waits for a write in flight. The wire may drop bytes that arrive from now on. Default:
   * `resume`.
   */
  discard?(): void
  /** Returns the memory of a pushed chunk that is no longer used. Default: left to the garbage collector. */
  recycle?(chunk: Uint8Array): void
  /** The number of written bytes that have not been taken. Default: all bytes of the last `write`. */
  readonly bytesUnsent?: number
  /** Runs the callback after one turn of the event loop. Default: `setImmediate`, or a sleep of 0. */
  later?(callback: () => void): void
  /** Runs the callback after `millis` milliseconds. Returns a function that cancels it. Default: the live Clock. */
  after?(millis: number, callback: () => void): () => void
}

/** A wire that has all optional members. */
export type FullWire = Required<Wire>

/** Options of a connection on a wire. */
export interface WireOptions {
  /** When this many received bytes are buffered, the wire is paused. Default: 128 KiB. */
  readonly highWaterMark?: number | undefined
  /** How long `close` may take to finish the send in flight, by the wire's `after`. Default: 1 second. */
  readonly closeTimeout?: Duration.DurationInput | undefined
}
