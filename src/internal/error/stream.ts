/**
 * The errors of receiving and sending. Public as part of `SocketError`.
 *
 * @internal
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import { pluralBytes, printable } from "../text/index.ts"
import { codeSuffix, line, meaningOf, peerOf, type TimedOutBy, timedOutAfter } from "./message.ts"

/**
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
 * Nothing was received, and nothing was consumed. `Busy`, `InvalidBufsize` and `InvalidDelimiter` say that this call was wrong;
 * `TimedOut` by a limit of ours leaves the socket usable; the others are final.
 *
 * @since 0.1.0
 * @category errors
 */
export class RecvError extends Data.TaggedError("RecvError")<{
  readonly reason: RecvReason
  readonly localAddress: SocketAddress.SocketAddress
  readonly remoteAddress: SocketAddress.SocketAddress
  readonly code?: string | undefined
  readonly by?: TimedOutBy | undefined
  readonly timeout?: Duration.Duration | undefined
  /** With `InvalidBufsize`: what was given. */
  readonly bufsize?: unknown
  readonly cause?: unknown
}> {
  override get message(): string {
    const given = this.reason === "InvalidBufsize" ? `, not ${printable(this.bufsize)}` : ""
    const meaning = (timedOutAfter(this) ?? meaningOf.recv[this.reason]) + given
    return line("recv", peerOf(this), meaning, codeSuffix(this))
  }
}

/**
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
 * The bytes were not all handed over. `bytesAccepted` is a lower bound of how many of `bytesRequested` the
 * system took; whether the peer received any of them is not known.
 *
 * @since 0.1.0
 * @category errors
 */
export class SendError extends Data.TaggedError("SendError")<{
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
    return line("send", peerOf(this), timedOutAfter(this) ?? meaningOf.send[this.reason], codeSuffix(this))
  }
}

/**
 * The stream ended before the bytes that were promised: `expected` of them, or as many as there are before a delimiter.
 * The `available` bytes stay in the socket's buffer.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedEnd extends Data.TaggedError("UnexpectedEnd")<{
  readonly expected?: number | undefined
  readonly available: number
}> {
  override get message(): string {
    const where = this.expected === undefined ? ", before the delimiter" : ` of ${pluralBytes(this.expected)}`
    const available = this.expected === undefined ? pluralBytes(this.available) : this.available
    return `recv: the stream ended after ${available}${where}`
  }
}

/**
 * More came, or was announced, than the caller allows. What was not returned stays in the socket's buffer.
 *
 * @since 0.1.0
 * @category errors
 */
export class LimitExceeded extends Data.TaggedError("LimitExceeded")<{
  readonly operation: string
  /** In bytes. */
  readonly limit: number
  /** How long a frame is by its prefix, whether it came or not. Rounded where it is beyond 2^53. */
  readonly announced?: number | undefined
}> {
  override get message(): string {
    if (this.announced === undefined) {
      return `${this.operation}: more than ${pluralBytes(this.limit)} came`
    }
    const { MAX_SAFE_INTEGER } = Number
    const bytes =
      this.announced > MAX_SAFE_INTEGER ? `more than ${MAX_SAFE_INTEGER} bytes` : pluralBytes(this.announced)
    return `${this.operation}: a frame of ${bytes} was announced, and the limit is ${this.limit}`
  }
}
