/**
 * How long a socket waits for its peer.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import { Throughput } from "./throughput.ts"

/**
 * How long a socket waits for its peer. A timeout counts only while a receive or a send waits: bytes that are already
 * there are returned whatever the time. When one has passed, the operation fails with reason `TimedOut`, and `by` names
 * the timeout. A negative duration or `NaN` means no time at all; `Infinity` means no limit.
 */
export interface Timeouts {
  /** How long a receive waits for the next byte. Each byte that arrives restarts it. Default: no limit. POSIX `SO_RCVTIMEO`. */
  readonly recvTimeout?: Duration.DurationInput | undefined
  /**
   * How long one receive may take in all, whether it is a `recv`, a line or a frame. It also stops a peer that sends one
   * byte a second. Default: no limit.
   */
  readonly messageTimeout?: Duration.DurationInput | undefined
  /**
   * How many bytes must arrive in each span of `per` spent waiting, counted across receives. Time in which no receive
   * waits does not count. Default: no limit.
   */
  readonly minThroughput?: { readonly bytes: number; readonly per: Duration.DurationInput } | undefined
  /**
   * How long a send waits without progress, its own or that of a send before it. A send of more than 64 KiB is handed
   * over in pieces, so that progress can be seen. Default: no limit. POSIX `SO_SNDTIMEO`.
   */
  readonly sendTimeout?: Duration.DurationInput | undefined
}

/** The same in milliseconds; `Infinity` where there is no limit. */
export interface DecodedTimeouts {
  readonly recvTimeout: number
  readonly messageTimeout: number
  readonly sendTimeout: number
  readonly minThroughput: { readonly bytes: number; readonly per: number } | undefined
}

/** `Duration.toMillis` gives 0 for a negative duration and for NaN: neither may mean "no limit". */
const millisOf = (timeout: Duration.DurationInput | undefined): number =>
  timeout === undefined ? Number.POSITIVE_INFINITY : Duration.toMillis(timeout)

/** Decodes once what many connections share: a duration written as text is parsed each time. */
export const decodeTimeouts = (timeouts: Timeouts | undefined): DecodedTimeouts | undefined =>
  timeouts && {
    recvTimeout: millisOf(timeouts.recvTimeout),
    messageTimeout: millisOf(timeouts.messageTimeout),
    sendTimeout: millisOf(timeouts.sendTimeout),
    minThroughput: timeouts.minThroughput && {
      bytes: Math.max(1, timeouts.minThroughput.bytes) || 1,
      per: millisOf(timeouts.minThroughput.per)
    }
  }

/** The timeouts of one socket, with the count of what arrived while it waited. */
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

  /** Whether a receive has a timeout. */
  get timesReceives(): boolean {
    return Number.isFinite(this.recvTimeout) || Number.isFinite(this.messageTimeout) || this.minThroughput !== undefined
  }

  /** Whether a send has a timeout. */
  get timesSends(): boolean {
    return Number.isFinite(this.sendTimeout)
  }
}
