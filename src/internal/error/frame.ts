/**
 * The errors of messages on a stream. Public as part of `SocketError`.
 *
 * @internal
 */
import * as Data from "effect/Data"
import { oneLine, pluralBytes } from "../text/index.ts"

const received = {
  InvalidLength: "its length is no varint of 64 bits: what follows cannot be told apart, so close the connection",
  InvalidDelimiter: "the delimiter must not be empty",
  InvalidJson: "no JSON",
  InvalidMessage: "no message of the schema"
} as const

/**
 * What came is no frame, or no message: `InvalidLength` of a varint that does not end within 10 bytes or is more than 64
 * bits can say, `InvalidJson`, `InvalidMessage` where it does not fit its schema. `InvalidDelimiter` says that this framing
 * is wrong: its delimiter is empty. Nothing was consumed: the bytes stay, to be received in another way.
 *
 * @since 0.1.0
 * @category errors
 */
export class FrameError extends Data.TaggedError("FrameError")<{
  readonly reason: "InvalidLength" | "InvalidDelimiter" | "InvalidJson" | "InvalidMessage"
  /** Where in the stream the frame begins, in bytes. */
  readonly streamOffset: number
  /** What is wrong with it, in the words of what refused it. The message has it on one line. */
  readonly detail?: string | undefined
  /** With `InvalidJson` the parser's `SyntaxError`, with `InvalidMessage` the `ParseError` of the schema. */
  readonly cause?: unknown
}> {
  override get message(): string {
    const what = `frame at byte ${this.streamOffset} of the stream: ${received[this.reason]}`
    const stays = "; it stays, to be received with the framing underneath"
    return this.detail === undefined ? what : `${what}: ${oneLine(this.detail)}${stays}`
  }
}

const unsent = {
  ContainsDelimiter: "it would end too early, by a delimiter in it: escape that, or send it with its length",
  InvalidDelimiter: "the delimiter must not be empty",
  InvalidJson: "the value has no JSON",
  InvalidMessage: "the value is no message of the schema"
} as const

/**
 * A value that cannot be a frame, of which nothing was sent: `TooLong` for its limit or its prefix, `ContainsDelimiter` where
 * the peer would see its end too early, `InvalidJson` where it has no JSON, `InvalidMessage` where it does not fit its schema.
 * `InvalidDelimiter` says that this framing is wrong: its delimiter is empty.
 *
 * @since 0.1.0
 * @category errors
 */
export class FrameEncodeError extends Data.TaggedError("FrameEncodeError")<{
  readonly reason: "TooLong" | "ContainsDelimiter" | "InvalidDelimiter" | "InvalidJson" | "InvalidMessage"
  /** With `TooLong`: how many bytes it has, and how many it may have. */
  readonly length?: number | undefined
  readonly limit?: number | undefined
  /** What is wrong with it, in the words of what refused it. The message has it on one line. */
  readonly detail?: string | undefined
  /** With `InvalidJson` what the serializer threw, with `InvalidMessage` the `ParseError` of the schema. */
  readonly cause?: unknown
}> {
  override get message(): string {
    const why = this.detail === undefined ? "" : `: ${oneLine(this.detail)}`
    const size = `${pluralBytes(this.length ?? 0)}, and no more than ${this.limit} can be sent in one: send it in parts`
    return `frame to send: ${this.reason === "TooLong" ? size : unsent[this.reason]}${why}`
  }
}
