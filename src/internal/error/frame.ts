/**
 * The errors of a received frame that is invalid, and of a message that cannot be sent as a frame. Public as part of
 * `SocketError`.
 *
 * @internal
 */
import { messageOf, oneLine, plural, TaggedError } from "../text/index.ts"

const received = {
  InvalidLength: "the length is not a 64-bit varint, so the next frame cannot be found; close the connection",
  InvalidDelimiter: "the delimiter must not be empty",
  InvalidJson: "not valid JSON",
  InvalidMessage: "does not match the schema"
} as const

/**
 * A received frame is not valid. On a socket, the receive consumed nothing: the bytes stay buffered and can be received
 * another way.
 *
 * - `InvalidLength`: the varint does not end within 10 bytes, or needs more than 64 bits.
 * - `InvalidJson`: the message is not valid JSON.
 * - `InvalidMessage`: the message does not match its schema.
 * - `InvalidDelimiter`: the framing itself is wrong, because its delimiter is empty.
 *
 * @since 0.1.0
 * @category errors
 */
export class FrameError extends TaggedError("FrameError")<{
  /** Why the frame is invalid. */
  readonly reason: "InvalidLength" | "InvalidDelimiter" | "InvalidJson" | "InvalidMessage"
  /** The position in the stream of the first byte of the frame. */
  readonly streamOffset: number
  /** The mistake, in the words of the parser or the schema. The error's message contains it on one line. */
  readonly detail?: string | undefined
  /** With `InvalidJson`: the parser's `SyntaxError`. With `InvalidMessage`: the schema's `ParseError`. */
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => {
      const what = `frame at byte ${this.streamOffset} of the stream: ${received[this.reason]}`
      const stays = "; the frame stays buffered and can be received another way"
      return this.detail === undefined ? what : `${what}: ${oneLine(this.detail)}${stays}`
    })
  }
}

const unsent = {
  ContainsDelimiter: "the delimiter occurs before the end of the message; escape it, or use a length prefix",
  InvalidDelimiter: "the delimiter must not be empty",
  InvalidJson: "the value cannot be written as JSON",
  InvalidMessage: "the value does not match the schema"
} as const

/**
 * A value cannot be sent as a frame. Nothing was sent.
 *
 * - `TooLong`: the message is longer than the limit, or than its length prefix can express.
 * - `ContainsDelimiter`: the peer would find the delimiter before the end of the message.
 * - `InvalidJson`: the value cannot be written as JSON.
 * - `InvalidMessage`: the value does not match its schema.
 * - `InvalidDelimiter`: the framing itself is wrong, because its delimiter is empty.
 *
 * @since 0.1.0
 * @category errors
 */
export class FrameEncodeError extends TaggedError("FrameEncodeError")<{
  /** Why the value cannot be sent. */
  readonly reason: "TooLong" | "ContainsDelimiter" | "InvalidDelimiter" | "InvalidJson" | "InvalidMessage"
  /** With `TooLong`: the length of the message, in bytes. */
  readonly length?: number | undefined
  /** With `TooLong`: the largest length of a message, in bytes. */
  readonly limit?: number | undefined
  /** The mistake, in the words of the serializer or the schema. The error's message contains it on one line. */
  readonly detail?: string | undefined
  /** With `InvalidJson`: what the serializer threw, if it threw. With `InvalidMessage`: the schema's `ParseError`. */
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => {
      const why = this.detail === undefined ? "" : `: ${oneLine(this.detail)}`
      const size = `its length is ${plural(this.length ?? 0, "byte")}, and the limit is ${this.limit}; send it in parts`
      return `frame to send: ${this.reason === "TooLong" ? size : unsent[this.reason]}${why}`
    })
  }
}
