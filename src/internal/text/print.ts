/**
 * Prints any value as one line that is safe on a terminal. Nothing here throws, whatever the value is.
 *
 * @internal
 */
import { plain } from "./plain.ts"
import { escaped } from "./safe.ts"

/** Returns "1 byte", "2 bytes" and so on. */
export const pluralBytes = (n: number): string => (n === 1 ? "1 byte" : `${n} bytes`)

/** Returns any value as one line that is safe on a terminal, cut after 80 characters. */
export const printable = (input: unknown): string => {
  if (typeof input === "string") return escaped(JSON.stringify(input.slice(0, 100)), 80)
  const value = plain(input)
  return escaped(typeof value === "string" ? value : JSON.stringify(value), 80)
}

/**
 * Returns a message of other code, such as a parser, as one line that is safe on a terminal, cut after 160 characters.
 */
export const oneLine = (words: string): string => escaped(words.slice(0, 1000).replace(/\s+/g, " "), 160)

/** The longest message of an error, in characters. */
const longestMessage = 500
/** The longest report of a test tool, such as a deadlock with its sockets and events, in characters. */
const longestReport = 16_000

const unprintable = "an error whose fields cannot be printed"

/** Returns the message that `describe` makes of an error's fields, on one line and bounded. */
export const messageOf = (describe: () => string): string => {
  try {
    return escaped(describe(), longestMessage)
  } catch {
    return unprintable
  }
}

/** Returns the message that `describe` makes of an error's fields, on several lines and bounded. */
export const reportOf = (describe: () => string): string => {
  try {
    return escaped(describe(), longestReport, "\n")
  } catch {
    return unprintable
  }
}
