/**
 * Text as bytes: strict `ascii`, `utf-8` and `latin1`, and no others. What is not text is an error with the positions
 * and the reason that Python's codecs give, or is replaced, dropped or escaped as they do it. Pure functions without
 * state: across the boundaries of recv, an incomplete character stays in the socket's buffer, not in a decoder.
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
 * The encodings. `latin1` is ISO 8859-1, a byte for each of U+0000 to U+00FF, and not the windows-1252 that the web
 * means by the name.
 *
 * @since 0.1.0
 * @category models
 */
export type Encoding = "ascii" | "utf-8" | "latin1"

/**
 * What becomes of bytes that are no text: `fail` with a `DecodeError`, `replace` them by U+FFFD, `ignore` them, or
 * `escape` each as `\xff`. Python's `strict`, `replace`, `ignore` and `backslashreplace`.
 *
 * @since 0.1.0
 * @category models
 */
export type OnInvalid = "fail" | "replace" | "ignore" | "escape"

/**
 * How to decode: `onInvalid` is `fail` by default; `streamOffset`, 0 by default, is where the first of the bytes
 * stands in its stream, and does no more than to place an error there.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodeOptions {
  readonly onInvalid?: OnInvalid | undefined
  readonly streamOffset?: number | undefined
}

/**
 * How to decode a prefix: `ended`, `false` by default, says that no byte will follow, so that an incomplete character
 * at the end is invalid rather than left.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodePrefixOptions extends DecodeOptions {
  readonly ended?: boolean | undefined
}

/**
 * The `text` of the first `bytesUsed` bytes, and the `error` that stands right after them, if one does. Bytes that are
 * left without an error are an incomplete character, at most three.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodedPrefix {
  readonly text: string
  readonly bytesUsed: number
  readonly error: DecodeError | undefined
}

/**
 * Whether a value names one of the encodings, spelled as here.
 *
 * @since 0.1.0
 * @category guards
 */
export const isEncoding = (u: unknown): u is Encoding => u === "ascii" || u === "utf-8" || u === "latin1"

/**
 * The text of all the bytes, or the `DecodeError` of the first that are none; it has one only where `onInvalid` is
 * `fail`, and never in `latin1`. A byte order mark is kept, as U+FEFF. The bytes are neither kept nor changed.
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
 * The text of the longest valid prefix of the bytes, always of whole characters. An incomplete character at the end
 * is left for when more bytes have come, unless `ended`. Where `onInvalid` is `fail`, the prefix ends before the first
 * invalid sequence, which is the `error`, its `start` and `end` counted in these bytes; otherwise there is none.
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
 * The bytes of the text, which the caller owns, or the `EncodeError` of the first run of characters that the encoding
 * does not have: in `utf-8`, lone surrogates. No byte order mark is added.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode: {
  (encoding: Encoding): (text: string) => Either.Either<Uint8Array, EncodeError>
  (text: string, encoding: Encoding): Either.Either<Uint8Array, EncodeError>
} = dual(2, (text: string, encoding: Encoding): Either.Either<Uint8Array, EncodeError> => {
  const bytes = encoding === "latin1" ? encodeLatin1(text) : utf8Encoder.encode(text)
  // Each is as long as the text only where every character had its byte. For a lone surrogate the UTF-8 encoder
  // writes U+FFFD, which begins with 0xEF.
  const isSuspect = bytes.length !== text.length && (encoding !== "utf-8" || bytes.includes(0xef))
  const start = isSuspect ? skipWhile(text, 0, char => !isUnencodable[encoding](char)) : text.length
  return start === text.length ? Either.right(bytes) : Either.left(encodeError(text, encoding, start))
})

const utf8Encoder = /*#__PURE__*/ new TextEncoder()
// Not a fatal one: where it writes no U+FFFD it found no fault, and to throw costs more than to look for one.
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
  // The native decoder replaces by the same rule as Python: one U+FFFD for each sequence that could have begun one.
  if (encoding === "utf-8" && onInvalid === "replace") return { text, bytesUsed: end, error: undefined }
  const valid = substitute(bytes, end, onInvalid, firstInvalidOf[encoding])
  return { text: utf8Decoder.decode(valid), bytesUsed: end, error: undefined }
}

/** Not every decoder takes memory that another thread may write to or that may be resized. */
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
  // The native decoder is faster than a look at each byte, and gives the same for ASCII, which is told by its length.
  const ascii = utf8Decoder.decode(bytes)
  if (ascii.length === bytes.length && !ascii.includes("\ufffd")) return ascii
  let text = ""
  for (let at = 0; at < bytes.length; at += 4096) {
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + 4096))
  }
  return text
}

/** The bytes of the characters before the first that is beyond U+00FF. */
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
