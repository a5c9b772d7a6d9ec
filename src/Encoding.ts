/**
 * Decodes and encodes text in `ascii`, `utf-8` and `latin1`. Decoding is strict: invalid bytes are an error with the
 * positions and the reason that Python's codecs report. With `onInvalid`, invalid bytes are replaced, dropped or
 * escaped, as in Python. All functions are pure and keep no state. If a receive ends inside a character, the incomplete
 * character stays in the socket's buffer, not in a decoder.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import {
  DecodeError,
  EncodeError,
  firstInvalid,
  firstNotAscii,
  type Invalid,
  incompleteTail,
  substitute
} from "./internal/text/index.ts"

/**
 * The supported encodings. `latin1` is ISO 8859-1: one byte for each character from U+0000 to U+00FF. Browsers use the
 * name `latin1` for windows-1252, which is a different encoding.
 *
 * @since 0.1.0
 * @category models
 */
export type Encoding = "ascii" | "utf-8" | "latin1"

/**
 * What happens to bytes that are not valid text:
 *
 * - `fail`: fails with a `DecodeError`. Python: `strict`.
 * - `replace`: replaces each invalid sequence by U+FFFD. Python: `replace`.
 * - `ignore`: drops the invalid bytes. Python: `ignore`.
 * - `escape`: writes each invalid byte as `\xff`. Python: `backslashreplace`.
 *
 * @since 0.1.0
 * @category models
 */
export type OnInvalid = "fail" | "replace" | "ignore" | "escape"

/**
 * Options for `decode`.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodeOptions {
  /** What happens to bytes that are not valid text. Default: `fail`. */
  readonly onInvalid?: OnInvalid | undefined
  /** The position of the first byte in its stream. It is used only for the `streamOffset` of an error. Default: 0. */
  readonly streamOffset?: number | undefined
}

/**
 * Options for `decodePrefix`.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodePrefixOptions extends DecodeOptions {
  /** True if no more bytes will follow. An incomplete character at the end is then invalid. Default: false. */
  readonly ended?: boolean | undefined
}

/**
 * The result of `decodePrefix`. If `bytesUsed` is less than the number of bytes and there is no error, the rest is an
 * incomplete character of at most three bytes.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodedPrefix {
  /** The text of the first `bytesUsed` bytes. */
  readonly text: string
  /** How many bytes were decoded. */
  readonly bytesUsed: number
  /** The error for an invalid sequence right after the first `bytesUsed` bytes. `undefined` if there is no error. */
  readonly error: DecodeError | undefined
}

/**
 * Returns true if the value is the name of a supported encoding, spelled exactly as in `Encoding`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isEncoding = (u: unknown): u is Encoding => u === "ascii" || u === "utf-8" || u === "latin1"

/**
 * Decodes all of the bytes. Returns the text, or a `DecodeError` for the first invalid sequence. In `latin1`, or if
 * `onInvalid` is not `fail`, decoding always succeeds. A byte order mark becomes U+FEFF in the text. The function does
 * not change the bytes and keeps no reference to them.
 *
 * @example
 * ```ts
 * import { Encoding } from "effect-sockets"
 *
 * // Left: a DecodeError whose message is Python's, "'ascii' codec can't decode byte 0xff in position 1: ..."
 * export const program = Encoding.decode(Uint8Array.of(104, 255), "ascii")
 * ```
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode: {
  (encoding: Encoding, options?: DecodeOptions): (bytes: Uint8Array) => Either.Either<string, DecodeError>
  (bytes: Uint8Array, encoding: Encoding, options?: DecodeOptions): Either.Either<string, DecodeError>
} = dual(
  args => typeof args[0] !== "string",
  (bytes: Uint8Array, encoding: Encoding, options?: DecodeOptions): Either.Either<string, DecodeError> => {
    const { error, text } = decodeUpTo(bytes, encoding, options, true)
    return error === undefined ? Either.right(text) : Either.left(error)
  }
)

/**
 * Decodes the longest prefix of the bytes that consists of complete characters. An incomplete character at the end is
 * left for a later call, unless `ended` is true. If `onInvalid` is `fail`, the prefix also ends before the first
 * invalid sequence, and `error` describes that sequence. The `start` and `end` of the error count from the first byte
 * that was passed. With any other `onInvalid`, there is no error.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodePrefix: {
  (encoding: Encoding, options?: DecodePrefixOptions): (bytes: Uint8Array) => DecodedPrefix
  (bytes: Uint8Array, encoding: Encoding, options?: DecodePrefixOptions): DecodedPrefix
} = dual(
  args => typeof args[0] !== "string",
  (bytes: Uint8Array, encoding: Encoding, options?: DecodePrefixOptions): DecodedPrefix =>
    decodeUpTo(bytes, encoding, options, options?.ended === true)
)

/**
 * Encodes a text. Returns bytes that the caller owns, or an `EncodeError` for the first run of characters that the
 * encoding cannot represent. In `utf-8`, these characters are lone surrogates. No byte order mark is added.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode: {
  (encoding: Encoding): (text: string) => Either.Either<Uint8Array, EncodeError>
  (text: string, encoding: Encoding): Either.Either<Uint8Array, EncodeError>
} = dual(2, (text: string, encoding: Encoding): Either.Either<Uint8Array, EncodeError> => {
  const bytes = encoding === "latin1" ? encodeLatin1(text) : utf8Encoder.encode(text)
  // If there are as many bytes as UTF-16 code units, every character was encoded as one byte, and the text is valid.
  // For a lone surrogate, the UTF-8 encoder writes U+FFFD, which begins with 0xEF. So UTF-8 without 0xEF is valid too.
  const isSuspect = bytes.length !== text.length && (encoding !== "utf-8" || bytes.includes(0xef))
  const start = isSuspect ? skipWhile(text, 0, char => !isUnencodable[encoding](char)) : text.length
  return start === text.length ? Either.right(bytes) : Either.left(encodeError(text, encoding, start))
})

const utf8Encoder = /*#__PURE__*/ new TextEncoder()
// This decoder writes U+FFFD for invalid bytes. It does not throw, because an exception costs more than a search for
// U+FFFD. If the decoded text has no U+FFFD, the bytes are valid.
const utf8Decoder = /*#__PURE__*/ new TextDecoder("utf-8", { ignoreBOM: true })

const decodeUpTo = (
  given: Uint8Array,
  encoding: Encoding,
  options: DecodeOptions | undefined,
  ended: boolean
): DecodedPrefix => {
  const bytes = unshared(given)
  if (encoding === "latin1") return { text: decodeLatin1(bytes), bytesUsed: bytes.length, error: undefined }
  const end = encoding === "ascii" || ended ? bytes.length : bytes.length - incompleteTail(bytes)
  const text = utf8Decoder.decode(end === bytes.length ? bytes : bytes.subarray(0, end))
  const isSuspect = text.includes("\ufffd") || (encoding === "ascii" && text.length !== end)
  const invalid = isSuspect ? firstInvalidOf[encoding](bytes, 0, end) : undefined
  if (invalid === undefined) return { text, bytesUsed: end, error: undefined }
  const onInvalid = options?.onInvalid ?? "fail"
  if (onInvalid === "fail") {
    const error = decodeError(bytes, encoding, invalid, options?.streamOffset ?? 0)
    return { text: utf8Decoder.decode(bytes.subarray(0, invalid.start)), bytesUsed: invalid.start, error }
  }
  // The native decoder replaces as Python does: one U+FFFD for each invalid byte or incomplete character.
  if (encoding === "utf-8" && onInvalid === "replace") return { text, bytesUsed: end, error: undefined }
  const valid = substitute(bytes, end, onInvalid, firstInvalidOf[encoding])
  return { text: utf8Decoder.decode(valid), bytesUsed: end, error: undefined }
}

/** Copies bytes that are in shared or resizable memory, because not every native decoder accepts them. */
const unshared = (bytes: Uint8Array): Uint8Array => {
  const buffer: ArrayBufferLike & { readonly resizable?: boolean } = bytes.buffer
  return buffer instanceof ArrayBuffer && buffer.resizable !== true ? bytes : new Uint8Array(bytes)
}

const firstInvalidOf = { ascii: firstNotAscii, "utf-8": firstInvalid } as const

const decodeError = (bytes: Uint8Array, encoding: Encoding, invalid: Invalid, streamOffset: number): DecodeError =>
  new DecodeError({
    ...invalid,
    encoding,
    byte: bytes[invalid.start]!,
    streamOffset: streamOffset + invalid.start,
    excerpt: Array.from(bytes.subarray(invalid.start, invalid.start + 16), excerptOf).join("")
  })

const excerptOf = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${hex(byte, 2)}`

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0")

const decodeLatin1 = (bytes: Uint8Array): string => {
  // ASCII bytes are the same text in UTF-8 and in latin1, and the UTF-8 decoder is faster than the loop below. The
  // bytes are ASCII if the decoded text has as many characters as bytes, and no U+FFFD.
  const ascii = utf8Decoder.decode(bytes)
  if (ascii.length === bytes.length && !ascii.includes("\ufffd")) return ascii
  let text = ""
  for (let at = 0; at < bytes.length; at += 4096) {
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + 4096))
  }
  return text
}

/** Returns the bytes of all characters up to the first character above U+00FF, without that character. */
const encodeLatin1 = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0xff) return bytes.subarray(0, at)
    bytes[at] = unit
  }
  return bytes
}

const isUnencodable: Record<Encoding, (char: number) => boolean> = {
  ascii: char => char > 0x7f,
  latin1: char => char > 0xff,
  "utf-8": char => char >= 0xd800 && char < 0xe000
}

const skipWhile = (text: string, from: number, predicate: (char: number) => boolean): number => {
  let at = from
  while (at < text.length) {
    const char = text.codePointAt(at)!
    if (!predicate(char)) return at
    at += char > 0xffff ? 2 : 1
  }
  return at
}

const encodeReasons = {
  ascii: "ordinal not in range(128)",
  latin1: "ordinal not in range(256)",
  "utf-8": "surrogates not allowed"
} as const

const encodeError = (text: string, encoding: Encoding, start: number): EncodeError => {
  const char = text.codePointAt(start)!
  return new EncodeError({
    reason: encodeReasons[encoding],
    encoding,
    start,
    end: skipWhile(text, start, isUnencodable[encoding]),
    char: char > 0xffff ? `\\U${hex(char, 8)}` : char > 0xff ? `\\u${hex(char, 4)}` : `\\x${hex(char, 2)}`
  })
}
