/**
 * How long a socket waits for its peer. The types `Limits` and `HeldLimits` are public as part of `Socket`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import { Throughput } from "./throughput.ts"

/**
 * How long a socket waits for its peer. They are looked at only where a receive or a send has to wait: what is there is
 * given, whatever the time. What is no duration (negative, not a number) is no time at all; `Infinity` is no limit. A
 * limit that has passed fails with reason `TimedOut`, and `by` says which one it was.
 */
export interface Timeouts {
  /** How long a receive waits for the next byte: each byte that comes starts it anew. None by default. */
  readonly recvTimeout?: Duration.DurationInput | undefined
  /**
   * How long one receive may take in all, be it a `recv`, a line or a frame, from its beginning: it also cuts a peer that
   * sends a byte a second. None by default.
   */
  readonly messageTimeout?: Duration.DurationInput | undefined
  /**
   * While receives wait, at least so many bytes have to come in each such span of waiting, across all of them. Time in
   * which nobody waits does not count, so that a program which does not ask never cuts its peer. None by default.
   */
  readonly minThroughput?: { readonly bytes: number; readonly per: Duration.DurationInput } | undefined
  /**
   * How long a send waits without progress: until the system takes more, of it or of a send before it. A send of more
   * than 64 KiB is handed over piece by piece, so that progress can be seen; of one before it that has no limit of its
   * own it is seen when all of that has been taken. None by default.
   */
  readonly sendTimeout?: Duration.DurationInput | undefined
}

/** All decided, in milliseconds; infinite where there is none. */
export interface DecodedTimeouts {
  readonly recvTimeout: number
  readonly messageTimeout: number
  readonly sendTimeout: number
  readonly minThroughput: { readonly bytes: number; readonly per: number } | undefined
}

/** What is no duration (negative, not a number) is no time at all: it must not mean "without limit". */
const millisOf = (limit: Duration.DurationInput | undefined): number =>
  limit === undefined ? Number.POSITIVE_INFINITY : Duration.toMillis(limit)

/** Read once: a text is parsed each time. */
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

/**
 * The timeouts of one view of a connection, in milliseconds, infinite where there is none, as its transport is given them.
 * Each view has its own, with a count of how long it has waited and what came meanwhile.
 */
export class SocketTimeouts {
  readonly recvTimeout: number
  readonly messageTimeout: number
  readonly sendTimeout: number
  readonly minThroughput: Throughput | undefined

  constructor({ minThroughput, messageTimeout, recvTimeout, sendTimeout }: DecodedTimeouts) {
    this.recvTimeout = recvTimeout
    this.messageTimeout = messageTimeout
    this.sendTimeout = sendTimeout
    this.minThroughput =
      minThroughput !== undefined && Number.isFinite(minThroughput.per)
        ? new Throughput(minThroughput.bytes, minThroughput.per)
        : undefined
  }

  /** Whether a receive has a limit. */
  get timesReceives(): boolean {
    return Number.isFinite(this.recvTimeout) || Number.isFinite(this.messageTimeout) || this.minThroughput !== undefined
  }

  /** Whether a send has one. */
  get timesSends(): boolean {
    return Number.isFinite(this.sendTimeout)
  }
}
