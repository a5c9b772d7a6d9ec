/**
 * Prints any value as one line that is safe on a terminal. No function of this module throws.
 *
 * @internal
 */
import { plain } from "./plain.ts"
import { escaped } from "./safe.ts"

/** Returns any value as one line that is safe on a terminal, cut after about 80 characters. */
export const printable = (input: unknown): string => {
  if (typeof input === "string") return escaped(JSON.stringify(input.slice(0, 100)), 80)
  const value = plain(input)
  return escaped(typeof value === "string" ? value : JSON.stringify(value), 80)
}

/**
 * Returns a message of other code, such as a parser, as one line. The line is safe on a terminal and is cut after about
 * `most` characters.
 */
export const oneLine = (words: string, most = 160): string => escaped(words.slice(0, 1000).replace(/\s+/g, " "), most)

/** Messages of errors are cut after about this many characters. */
const longestMessage = 500
/**
 * Reports of test tools are cut after about this many characters. For example, a report lists the sockets and events of
 * a deadlock.
 */
const longestReport = 16_000

const described = (describe: () => string, most: number, except?: string): string => {
  try {
    return escaped(describe(), most, except)
  } catch {
    return "an error whose fields cannot be printed"
  }
}

/**
 * Returns the message that `describe` builds: one line, escaped, cut after about 500 characters. If `describe` throws,
 * returns a fixed text.
 */
export const messageOf = (describe: () => string): string => described(describe, longestMessage)

/**
 * Returns the report that `describe` builds: several lines, escaped, cut after about 16,000 characters. If `describe`
 * throws, returns a fixed text.
 */
export const reportOf = (describe: () => string): string => described(describe, longestReport, "\n")
