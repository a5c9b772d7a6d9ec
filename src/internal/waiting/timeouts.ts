/**
 * The timeouts of a socket.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import { count, millis } from "../option/index.ts"
import { Throughput } from "./throughput.ts"

/**
 * How long a socket waits for its peer. A timeout counts only while a receive or a send waits: bytes that are already
 * buffered are returned at any time. When a timeout passes, the operation fails with reason `TimedOut`, and `by` names
 * the timeout. A negative duration means 0: an operation that has to wait fails. `Infinity` means no timeout.
 */
export interface Timeouts {
  /**
   * How long a receive waits for the next byte. Each byte that arrives restarts it. Default: no timeout. POSIX:
   * `SO_RCVTIMEO`.
   */
  readonly recvTimeout?: Duration.DurationInput | undefined
  /**
   * How long one receive may wait in total, whether it is a `recv`, a line or a frame. It also stops a peer that sends
   * one byte per second. Default: no timeout.
   */
  readonly messageTimeout?: Duration.DurationInput | undefined
  /**
   * The least number of bytes that must arrive in each span of `per`. Only the time in which a receive waits counts,
   * across all receives. Bytes that arrive while no receive waits count too. Default: no timeout.
   */
  readonly minThroughput?: { readonly bytes: number; readonly per: Duration.DurationInput } | undefined
  /**
   * How long a send waits without progress. Progress of the send that is in flight before it counts too. A send of more
   * than 64 KiB is handed over in pieces, so that progress can be seen. A send that is in flight when it fails still
   * goes out whole; a send that waits in the queue sends nothing. Default: no timeout. POSIX: `SO_SNDTIMEO`.
   */
  readonly sendTimeout?: Duration.DurationInput | undefined
}

/** The timeouts in milliseconds. `Infinity` means no timeout. */
export interface DecodedTimeouts {
  readonly recvTimeout: number
  readonly messageTimeout: number
  readonly sendTimeout: number
  readonly minThroughput: { readonly bytes: number; readonly per: number } | undefined
}

const millisOf = (option: string, timeout: Duration.DurationInput | undefined): number =>
  timeout === undefined ? Number.POSITIVE_INFINITY : millis(option, timeout)

/** Decodes timeouts once for all connections that share them: a duration written as text is parsed each time. */
export const decodeTimeouts = (timeouts: Timeouts | undefined): DecodedTimeouts | undefined =>
  timeouts && {
    recvTimeout: millisOf("timeouts.recvTimeout", timeouts.recvTimeout),
    messageTimeout: millisOf("timeouts.messageTimeout", timeouts.messageTimeout),
    sendTimeout: millisOf("timeouts.sendTimeout", timeouts.sendTimeout),
    minThroughput: timeouts.minThroughput && {
      bytes: count("timeouts.minThroughput.bytes", timeouts.minThroughput.bytes, 1, 1),
      per: millis("timeouts.minThroughput.per", timeouts.minThroughput.per)
    }
  }

/** The timeouts of one socket, with the state of its `minThroughput`. */
export class SocketTimeouts {
  readonly recvTimeout: number
  readonly messageTimeout: number
  readonly sendTimeout: number
  readonly minThroughput: Throughput | undefined

  constructor({ messageTimeout, minThroughput, recvTimeout, sendTimeout }: DecodedTimeouts) {
    this.recvTimeout = recvTimeout
    this.messageTimeout = messageTimeout
    this.sendTimeout = sendTimeout
    this.minThroughput =
      minThroughput !== undefined && Number.isFinite(minThroughput.per)
        ? new Throughput(minThroughput.bytes, minThroughput.per)
        : undefined
  }

  /** True if receives have a timeout. */
  get timesReceives(): boolean {
    return Number.isFinite(this.recvTimeout) || Number.isFinite(this.messageTimeout) || this.minThroughput !== undefined
  }

  /** True if sends have a timeout. */
  get timesSends(): boolean {
    return Number.isFinite(this.sendTimeout)
  }
}
