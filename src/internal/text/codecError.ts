/**
 * The errors of text. Public as part of `SocketError`.
 *
 * @internal
 */
import * as Data from "effect/Data"

const labelOf = { ascii: "ascii", "utf-8": "utf-8", latin1: "latin-1" } as const

/**
 * Bytes that are no text in the encoding. `start`, `end` and `reason` are those of Python's codec, counted from
 * the first of the bytes that were decoded; `streamOffset` is where the byte at `start` stands in the stream.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecodeError extends Data.TaggedError("DecodeError")<{
  readonly reason:
    | "ordinal not in range(128)"
    | "invalid start byte"
    | "invalid continuation byte"
    | "unexpected end of data"
  readonly encoding: "ascii" | "utf-8" | "latin1"
  readonly start: number
  readonly end: number
  readonly byte: number
  readonly streamOffset: number
  /** At most 16 bytes from `start`, escaped: `\xc3\xa9 x`. */
  readonly excerpt: string
}> {
  override get message(): string {
    const many = this.end - this.start > 1
    const what = many ? "bytes" : `byte 0x${this.byte.toString(16).padStart(2, "0")}`
    const where = many ? `${this.start}-${this.end - 1}` : `${this.start}`
    const stream = this.streamOffset === this.start ? "" : ` (byte ${this.streamOffset} of the stream)`
    return `'${labelOf[this.encoding]}' codec can't decode ${what} in position ${where}${stream}: ${this.reason}`
  }
}

/**
 * Characters that the encoding does not have: the first run of them. `start` and `end` count UTF-16 code units, as
 * JavaScript does, so that a character beyond U+FFFF counts twice, where Python counts it once.
 *
 * @since 0.1.0
 * @category errors
 */
export class EncodeError extends Data.TaggedError("EncodeError")<{
  readonly reason: "ordinal not in range(128)" | "ordinal not in range(256)" | "surrogates not allowed"
  readonly encoding: "ascii" | "utf-8" | "latin1"
  readonly start: number
  readonly end: number
  /** The first character that cannot be encoded, escaped as Python does: `\xe9`, `\u20ac`, `\U0001f600`. */
  readonly char: string
}> {
  override get message(): string {
    const many = this.end - this.start > (this.char.startsWith("\\U") ? 2 : 1)
    const what = many ? "characters" : `character '${this.char}'`
    const where = many ? `${this.start}-${this.end - 1}` : `${this.start}`
    return `'${labelOf[this.encoding]}' codec can't encode ${what} in position ${where}: ${this.reason}`
  }
}
