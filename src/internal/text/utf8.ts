/**
 * Finds invalid bytes in UTF-8 and ASCII, with the positions and reasons of CPython's decoder, and substitutes them.
 * `firstInvalid`, `firstNotAscii` and `substitute` are slower than the native decoder. So they run only after the
 * native decoder has found a possible error.
 *
 * @internal
 */
import type { DecodeError } from "./codecError.ts"

/** An invalid sequence: the bytes from `start` up to `end`, without the byte at `end`, and why they are invalid. */
export interface Invalid {
  readonly start: number
  readonly end: number
  readonly reason: DecodeError["reason"]
}

/** Returns the length of a character that begins with `lead`, or 0 if no character can begin with it. */
const lengthOf = (lead: number): number => {
  if (lead < 0x80) return 1
  if (lead < 0xc2) return 0
  if (lead < 0xe0) return 2
  if (lead < 0xf0) return 3
  return lead < 0xf5 ? 4 : 0
}

/** Returns true if `byte` can follow `lead`. Excludes overlong forms, surrogates and code points above U+10FFFF. */
const isSecond = (lead: number, byte: number): boolean => {
  if (lead === 0xe0) return byte >= 0xa0 && byte < 0xc0
  if (lead === 0xed) return byte >= 0x80 && byte < 0xa0
  if (lead === 0xf0) return byte >= 0x90 && byte < 0xc0
  if (lead === 0xf4) return byte >= 0x80 && byte < 0x90
  return isContinuation(byte)
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80

/** Returns how many bytes from `at` on are present and can belong to one character of `length` bytes. */
const validLength = (bytes: Uint8Array, at: number, length: number): number => {
  const most = Math.min(length, bytes.length - at)
  if (most < 2) return most
  if (!isSecond(bytes[at]!, bytes[at + 1]!)) return 1
  let valid = 2
  while (valid < most && isContinuation(bytes[at + valid]!)) valid++
  return valid
}

/**
 * Returns the first invalid sequence that begins at `from` or later and before `to`, or `undefined`. A character must
 * begin at `from`. The bytes from `to` on are read only as the rest of a character that begins before `to`.
 */
export const firstInvalid = (bytes: Uint8Array, from: number, to: number): Invalid | undefined => {
  let at = from
  while (at < to) {
    const length = lengthOf(bytes[at]!)
    const valid = length < 2 ? length : validLength(bytes, at, length)
    if (length === 0) return { start: at, end: at + 1, reason: "invalid start byte" }
    if (valid < length) {
      const end = at + valid
      return { start: at, end, reason: end === bytes.length ? "unexpected end of data" : "invalid continuation byte" }
    }
    at += length
  }
  return undefined
}

/** Returns the first byte at `from` or later and before `to` that is not ASCII, or `undefined`. */
export const firstNotAscii: typeof firstInvalid = (bytes, from, to) => {
  for (let at = from; at < to; at++) {
    if (bytes[at]! > 0x7f) return { start: at, end: at + 1, reason: "ordinal not in range(128)" }
  }
  return undefined
}

/**
 * Returns the number of bytes, from 0 to 3, of an incomplete character at the end. More bytes could complete the
 * character.
 */
export const incompleteTail = (bytes: Uint8Array): number => {
  const most = Math.min(3, bytes.length)
  for (let tail = 1; tail <= most; tail++) {
    const at = bytes.length - tail
    const lead = bytes[at]!
    if (isContinuation(lead)) continue
    const length = lengthOf(lead)
    return length > tail && validLength(bytes, at, length) === tail ? tail : 0
  }
  return 0
}

const hexDigit = (n: number): number => (n < 10 ? 0x30 : 0x57) + n

const substitutes = {
  replace: () => [0xef, 0xbf, 0xbd],
  ignore: () => [],
  escape: (byte: number) => [0x5c, 0x78, hexDigit(byte >> 4), hexDigit(byte & 15)]
} as const

/** Returns the bytes before `end` as valid UTF-8, with a substitute for each byte that `find` reports as invalid. */
export const substitute = (
  bytes: Uint8Array,
  end: number,
  kind: keyof typeof substitutes,
  find: typeof firstInvalid
): Uint8Array => {
  const valid = new Uint8Array(end * 4)
  let length = 0
  let at = 0
  while (at < end) {
    const invalid = find(bytes, at, end)
    const start = invalid?.start ?? end
    while (at < start) valid[length++] = bytes[at++]!
    while (at < (invalid?.end ?? end)) {
      for (const byte of substitutes[kind](bytes[at++]!)) valid[length++] = byte
    }
  }
  return valid.subarray(0, length)
}
