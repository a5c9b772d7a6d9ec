/**
 * The timeouts of a socket.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import { count, group, millis } from "../option/index.ts"
import { Throughput } from "./throughput.ts"

/**
 * How long a socket waits for its peer. A timeout runs only while a receive or a send waits. If enough bytes are
 * buffered, a receive returns them and cannot time out. When a timeout passes, the operation fails with reason
 * `TimedOut`, and `by` names the timeout. A negative duration counts as 0. With 0, an operation that has to wait fails.
 * `Infinity` means no timeout.
 */
export interface Timeouts {
  /**
   * How long a receive waits for the next byte. Each byte that arrives restarts this timeout. Default: no timeout.
   * POSIX: `SO_RCVTIMEO`.
   */
  readonly recvTimeout?: Duration.DurationInput | undefined
  /**
   * How long one receive may wait in total, whether it is a `recv`, a line or a frame. Unlike `recvTimeout`, this
   * timeout also limits a peer that sends one byte per second. Default: no timeout.
   */
  readonly messageTimeout?: Duration.DurationInput | undefined
  /**
   * At least `bytes` bytes must arrive in each span of `per`. `bytes` is at least 1. Only the time in which a receive
   * waits counts, across all receives. Bytes that arrive while no receive waits count too. Default: no timeout.
   */
  readonly minThroughput?: { readonly bytes: number; readonly per: Duration.DurationInput } | undefined
  /**
   * How long a send waits without progress. While a send is queued, progress of the sends before it counts too. A send
   * of more than 64 KiB is written in pieces, so that the socket can see its progress. If a send times out in the
   * queue, nothing of it is sent. If a send times out after it has begun, all its bytes are still sent. Default: no
   * timeout. POSIX: `SO_SNDTIMEO`.
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

/**
 * Checks timeouts and converts them to milliseconds. This is done once for all connections that share the timeouts,
 * because a duration may be a text that has to be parsed.
 */
export const decodeTimeouts = (timeouts: Timeouts | undefined): DecodedTimeouts | undefined => {
  if (group("timeouts", timeouts) === undefined) return undefined
  const { messageTimeout, minThroughput, recvTimeout, sendTimeout } = timeouts!
  return {
    recvTimeout: millis("timeouts.recvTimeout", recvTimeout, Duration.infinity),
    messageTimeout: millis("timeouts.messageTimeout", messageTimeout, Duration.infinity),
    sendTimeout: millis("timeouts.sendTimeout", sendTimeout, Duration.infinity),
    minThroughput: group("timeouts.minThroughput", minThroughput) && {
      bytes: count("timeouts.minThroughput.bytes", minThroughput!.bytes, undefined, 1),
      per: millis("timeouts.minThroughput.per", minThroughput!.per)
    }
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
