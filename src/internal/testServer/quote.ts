/**
 * Shows bytes as text that a person can compare, and finds where two byte strings differ.
 *
 * @internal
 */

/** The most bytes that a quote shows. */
const shown = 64
/** A quote starts this many bytes before the first difference, if that is not in the first 64 bytes. */
const shownBefore = 40

const named: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\" }

const escaped = (byte: number): string =>
  named[byte] ?? (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`)

const escape = (bytes: Uint8Array): string => Array.from(bytes, escaped).join("")

/** Quotes at most 64 bytes from index `from` on, on one line. */
export const quote = (bytes: Uint8Array, from = 0): string => {
  const end = from + shown
  return `${from > 0 ? "..." : ""}"${escape(bytes.subarray(from, end))}"${end < bytes.length ? "..." : ""}`
}

/** Returns the index of the first difference. If there is none, returns the length of the shorter byte string. */
export const firstDifference = (one: Uint8Array, other: Uint8Array): number => {
  const end = Math.min(one.length, other.length)
  let at = 0
  while (at < end && one[at] === other[at]) at++
  return at
}

/**
 * Quotes two byte strings around their first difference, so that they can be shown one below the other. `at` is the
 * index of that difference. `before` is the number of characters of a quote before the difference.
 */
export const quoteBoth = (
  one: Uint8Array,
  other: Uint8Array
): { readonly at: number; readonly one: string; readonly other: string; readonly before: number } => {
  const at = firstDifference(one, other)
  const from = at < shown ? 0 : at - shownBefore
  const before = (from > 0 ? 4 : 1) + escape(one.subarray(from, at)).length
  return { at, one: quote(one, from), other: quote(other, from), before }
}
