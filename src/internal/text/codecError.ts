/**
 * The errors of decoding and encoding text. Public as part of `SocketError`.
 *
 * @internal
 */
import { messageOf } from "./print.ts"
import { TaggedError } from "./taggedError.ts"

const labelOf = { ascii: "ascii", "utf-8": "utf-8", latin1: "latin-1" } as const

/**
 * Bytes are not valid text in the encoding. `reason`, `start` and `end` are the values that Python's codec reports.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecodeError extends TaggedError("DecodeError")<{
  /** Why the bytes are invalid, in the words of Python's codec. */
  readonly reason:
    | "ordinal not in range(128)"
    | "invalid start byte"
    | "invalid continuation byte"
    | "unexpected end of data"
  /** The encoding of the text. */
  readonly encoding: "ascii" | "utf-8" | "latin1"
  /** The position of the first invalid byte, counted from the first byte that was passed to the decoder. */
  readonly start: number
  /** The position after the last invalid byte, counted like `start`. */
  readonly end: number
  /** The byte at `start`. */
  readonly byte: number
  /** The position in the stream of the byte at `start`. */
  readonly streamOffset: number
  /**
   * At most 16 bytes from `start` on, with a backslash and bytes that are not printable ASCII escaped: `\xc3\xa9 x`.
   */
  readonly excerpt: string
}> {
  override get message(): string {
    return messageOf(() => {
      const many = this.end - this.start > 1
      const what = many ? "bytes" : `byte 0x${this.byte.toString(16).padStart(2, "0")}`
      const where = many ? `${this.start}-${this.end - 1}` : `${this.start}`
      const stream = this.streamOffset === this.start ? "" : ` (byte ${this.streamOffset} of the stream)`
      return `'${labelOf[this.encoding]}' codec can't decode ${what} in position ${where}${stream}: ${this.reason}`
    })
  }
}

/**
 * A text has characters that the encoding cannot represent. The error describes the first run of such characters.
 * `start` and `end` count UTF-16 code units, as JavaScript does, so a character above U+FFFF counts as two. Python
 * counts it as one.
 *
 * @since 0.1.0
 * @category errors
 */
export class EncodeError extends TaggedError("EncodeError")<{
  /** Why the characters cannot be encoded, in the words of Python's codec. */
  readonly reason: "ordinal not in range(128)" | "ordinal not in range(256)" | "surrogates not allowed"
  /** The encoding of the text. */
  readonly encoding: "ascii" | "utf-8" | "latin1"
  /** The position of the first character that cannot be encoded. */
  readonly start: number
  /** The position after the run of characters that cannot be encoded. */
  readonly end: number
  /** The first character that cannot be encoded, escaped as Python does: `\xe9`, `\u20ac`, `\U0001f600`. */
  readonly char: string
}> {
  override get message(): string {
    return messageOf(() => {
      const many = this.end - this.start > (this.char.startsWith("\\U") ? 2 : 1)
      const what = many ? "characters" : `character '${this.char}'`
      const where = many ? `${this.start}-${this.end - 1}` : `${this.start}`
      return `'${labelOf[this.encoding]}' codec can't encode ${what} in position ${where}: ${this.reason}`
    })
  }
}
