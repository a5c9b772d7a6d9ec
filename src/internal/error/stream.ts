/**
 * The errors of receiving and sending. Public as part of `SocketError`.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import { messageOf, plural, printable, TaggedError } from "../text/index.ts"
import { codeSuffix, line, meaningOf, peerOf, type TimedOutBy, timedOutAfter } from "./message.ts"

/**
 * The reasons of a `RecvError`:
 *
 * - `InvalidBufsize`: the number of bytes is not valid.
 * - `InvalidDelimiter`: the delimiter is empty or cannot be encoded.
 * - `Busy`: another fiber is receiving from this socket.
 * - `Reset`: the peer has reset the connection.
 * - `TimedOut`: a timeout passed.
 * - `HostUnreachable`: there is no longer a route to the peer.
 * - `Truncated`: over TLS, the stream ended without close_notify, so it may have been cut.
 * - `Tampered`: over TLS, a record was changed on the way, or the peer broke the protocol.
 * - `Rejected`: over TLS, the peer refused the connection with an alert.
 * - `Closed`: this socket is closed.
 * - `Unknown`: any other error. `code` names it, if it is known.
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
  | "Truncated"
  | "Tampered"
  | "Rejected"
  | "Closed"
  | "Busy"
  | "Unknown"

/**
 * A receive failed and consumed nothing.
 *
 * - After `Busy`, `InvalidBufsize` or `InvalidDelimiter`, the socket is usable: only this call was wrong.
 * - After `TimedOut` by a timeout of this socket, the socket is usable. After `by: "halfOpenTimeout"` it is not: `Pump`
 *   has aborted it.
 * - After `Closed`, the socket is closed, and its buffered bytes have been dropped.
 * - After any other reason, and after `by: "kernel"`, the connection has failed. Bytes that arrived before can still be
 *   received.
 *
 * @since 0.1.0
 * @category errors
 */
export class RecvError extends TaggedError("RecvError")<{
  /** Why receiving failed. */
  readonly reason: RecvReason
  /** The address of this end of the connection. */
  readonly localAddress: SocketAddress.SocketAddress
  /** The address of the peer. */
  readonly remoteAddress: SocketAddress.SocketAddress
  /** The error code of the operating system or Node, such as `ECONNRESET`. */
  readonly code?: string | undefined
  /** With `TimedOut`: the timeout that passed. */
  readonly by?: TimedOutBy | undefined
  /** If a timeout of this library passed, the length of that timeout. Otherwise `undefined`. */
  readonly timeout?: Duration.Duration | undefined
  /** With `InvalidBufsize`: the invalid value. */
  readonly bufsize?: unknown
  /** The original error. */
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
 * The reasons of a `SendError`:
 *
 * - `BrokenPipe`: the peer has closed the connection.
 * - `Reset`: the peer has reset the connection.
 * - `TimedOut`: a timeout passed.
 * - `HostUnreachable`: there is no longer a route to the peer.
 * - `Tampered`: over TLS, a received record was changed on the way, or the peer broke the protocol.
 * - `Rejected`: over TLS, the peer refused the connection with an alert.
 * - `AfterShutdown`: `shutdownSend` has ended the sending half.
 * - `Closed`: this socket is closed.
 * - `Unknown`: any other error. `code` names it, if it is known.
 *
 * @since 0.1.0
 * @category models
 */
export type SendReason =
  | "BrokenPipe"
  | "Reset"
  | "TimedOut"
  | "HostUnreachable"
  | "Tampered"
  | "Rejected"
  | "AfterShutdown"
  | "Closed"
  | "Unknown"

/**
 * A send failed before it was known that the connection had taken all of its bytes. The error cannot tell how many
 * bytes reach the peer.
 *
 * @since 0.1.0
 * @category errors
 */
export class SendError extends TaggedError("SendError")<{
  /** Why sending failed. */
  readonly reason: SendReason
  /** The address of this end of the connection. */
  readonly localAddress: SocketAddress.SocketAddress
  /** The address of the peer. */
  readonly remoteAddress: SocketAddress.SocketAddress
  /** The number of bytes of the send. */
  readonly bytesRequested: number
  /** The number of bytes that the connection is known to have taken. It may have taken more. */
  readonly bytesAccepted: number
  /** The error code of the operating system or Node, such as `EPIPE`. */
  readonly code?: string | undefined
  /** With `TimedOut`: the timeout that passed. */
  readonly by?: TimedOutBy | undefined
  /** If a timeout of this library passed, the length of that timeout. Otherwise `undefined`. */
  readonly timeout?: Duration.Duration | undefined
  /** The original error. */
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() =>
      line("send", peerOf(this), timedOutAfter(this) ?? meaningOf.send[this.reason], codeSuffix(this))
    )
  }
}

/**
 * The stream ended before the message was complete. On a socket, the bytes stay buffered and can be received another
 * way.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedEnd extends TaggedError("UnexpectedEnd")<{
  /** The number of bytes that the receive needed. `undefined` if it waited for a delimiter. */
  readonly expected?: number | undefined
  /** The number of bytes that arrived before the end and are buffered. */
  readonly available: number
  /** The address of this end of the connection. `undefined` if the bytes were not received from a socket. */
  readonly localAddress?: SocketAddress.SocketAddress | undefined
  /** The address of the peer. `undefined` if the bytes were not received from a socket. */
  readonly remoteAddress?: SocketAddress.SocketAddress | undefined
}> {
  override get message(): string {
    return messageOf(() => {
      const { localAddress, remoteAddress } = this
      const peer = localAddress && remoteAddress ? ` ${peerOf({ localAddress, remoteAddress })}` : ""
      const where = this.expected === undefined ? ", before the delimiter" : ` of ${plural(this.expected, "byte")}`
      const available = this.expected === undefined ? plural(this.available, "byte") : this.available
      return `recv${peer}: the stream ended after ${available}${where}`
    })
  }
}

/**
 * More bytes arrived than the limit allows, or a length prefix announces more. On a socket, the bytes stay buffered and
 * can be received another way.
 *
 * @since 0.1.0
 * @category errors
 */
export class LimitExceeded extends TaggedError("LimitExceeded")<{
  /** The name of the receive that failed, such as `recvLine`. */
  readonly operation: string
  /** The limit, in bytes. */
  readonly limit: number
  /**
   * The length of the frame that its prefix announces, in bytes. Rounded if it is above 2^53. `undefined` without a
   * prefix.
   */
  readonly announced?: number | undefined
}> {
  override get message(): string {
    return messageOf(() => {
      if (this.announced === undefined) {
        return `${this.operation}: received more than the limit of ${plural(this.limit, "byte")}`
      }
      const { MAX_SAFE_INTEGER } = Number
      const bytes =
        this.announced > MAX_SAFE_INTEGER ? `more than ${MAX_SAFE_INTEGER} bytes` : plural(this.announced, "byte")
      return `${this.operation}: the prefix announces a frame of ${bytes}, and the limit is ${this.limit}`
    })
  }
}
