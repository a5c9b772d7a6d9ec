/**
 * The errors of receiving and sending. Public as part of `SocketError`.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import { messageOf, pluralBytes, printable, TaggedError } from "../text/index.ts"
import { codeSuffix, line, meaningOf, peerOf, type TimedOutBy, timedOutAfter } from "./message.ts"

/**
 * The reasons of a `RecvError`.
 *
 * @since 0.1.0
 * @category models
 */
export type RecvReason =
  | "InvalidBufsize"
  | "InvalidDelimiter"
  | "Reset"
  | "TimedOut"
  | "HostUnreachable"
  | "Closed"
  | "Busy"
  | "Unknown"

/**
 * A receive failed and consumed nothing.
 *
 * - `Busy`, `InvalidBufsize`, `InvalidDelimiter`: this call was wrong. The socket is still usable.
 * - `TimedOut` with the name of an option in `by`: a timeout passed. The socket is still usable.
 * - `Closed`: the socket is closed, and the buffered bytes have been dropped.
 * - Any other reason, and `TimedOut` by the kernel: the connection has failed. Bytes that arrived before can still be
 *   received.
 *
 * @since 0.1.0
 * @category errors
 */
export class RecvError extends TaggedError("RecvError")<{
  readonly reason: RecvReason
  readonly localAddress: SocketAddress.SocketAddress
  readonly remoteAddress: SocketAddress.SocketAddress
  readonly code?: string | undefined
  readonly by?: TimedOutBy | undefined
  readonly timeout?: Duration.Duration | undefined
  /** With `InvalidBufsize`: the invalid value. */
  readonly bufsize?: unknown
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => {
      const given = this.reason === "InvalidBufsize" ? `, not ${printable(this.bufsize)}` : ""
      const meaning = (timedOutAfter(this) ?? meaningOf.recv[this.reason]) + given
      return line("recv", peerOf(this), meaning, codeSuffix(this))
    })
  }
}

/**
 * The reasons of a `SendError`.
 *
 * @since 0.1.0
 * @category models
 */
export type SendReason =
  | "BrokenPipe"
  | "Reset"
  | "TimedOut"
  | "HostUnreachable"
  | "AfterShutdown"
  | "Closed"
  | "Unknown"

/**
 * A send failed before all of its bytes were taken. The operating system took at least `bytesAccepted` of
 * `bytesRequested` bytes. How many bytes reach the peer is unknown.
 *
 * @since 0.1.0
 * @category errors
 */
export class SendError extends TaggedError("SendError")<{
  readonly reason: SendReason
  readonly localAddress: SocketAddress.SocketAddress
  readonly remoteAddress: SocketAddress.SocketAddress
  readonly bytesRequested: number
  readonly bytesAccepted: number
  readonly code?: string | undefined
  readonly by?: TimedOutBy | undefined
  readonly timeout?: Duration.Duration | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() =>
      line("send", peerOf(this), timedOutAfter(this) ?? meaningOf.send[this.reason], codeSuffix(this))
    )
  }
}

/**
 * The stream ended too early: before `expected` bytes had arrived or, if `expected` is `undefined`, before a delimiter.
 * The `available` bytes stay buffered and can be received another way.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedEnd extends TaggedError("UnexpectedEnd")<{
  readonly expected?: number | undefined
  readonly available: number
}> {
  override get message(): string {
    return messageOf(() => {
      const where = this.expected === undefined ? ", before the delimiter" : ` of ${pluralBytes(this.expected)}`
      const available = this.expected === undefined ? pluralBytes(this.available) : this.available
      return `recv: the stream ended after ${available}${where}`
    })
  }
}

/**
 * More bytes arrived than the limit allows, or a length prefix announces more. The bytes stay buffered and can be
 * received another way.
 *
 * @since 0.1.0
 * @category errors
 */
export class LimitExceeded extends TaggedError("LimitExceeded")<{
  readonly operation: string
  /** The limit, in bytes. */
  readonly limit: number
  /** The length of the frame as its prefix gives it, in bytes. Rounded above 2^53. */
  readonly announced?: number | undefined
}> {
  override get message(): string {
    return messageOf(() => {
      if (this.announced === undefined) {
        return `${this.operation}: received more than the limit of ${pluralBytes(this.limit)}`
      }
      const { MAX_SAFE_INTEGER } = Number
      const bytes =
        this.announced > MAX_SAFE_INTEGER ? `more than ${MAX_SAFE_INTEGER} bytes` : pluralBytes(this.announced)
      return `${this.operation}: the prefix announces a frame of ${bytes}, and the limit is ${this.limit}`
    })
  }
}
