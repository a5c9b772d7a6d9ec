/**
 * Prints any value as one line that is safe on a terminal.
 *
 * @internal
 */
import * as Inspectable from "effect/Inspectable"

/** Returns "1 byte", "2 bytes" and so on. */
export const pluralBytes = (n: number): string => (n === 1 ? "1 byte" : `${n} bytes`)

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const textOf = (input: unknown): string => {
  try {
    return typeof input === "string" ? JSON.stringify(input) : Inspectable.toStringUnknown(input, 0)
  } catch {
    return Object.prototype.toString.call(input)
  }
}

/** Returns any value as one line that is safe on a terminal, cut after 80 characters. */
export const printable = (input: unknown): string => safeLine(textOf(input), 80)

/**
 * Returns a message of other code, such as a parser, as one line that is safe on a terminal, cut after 160 characters.
 */
export const oneLine = (words: string): string => safeLine(words.replace(/\s+/g, " "), 160)

const safeLine = (text: string, most: number): string => {
  const cut = text.length > most ? `${text.slice(0, most)}...` : text
  return cut.replace(unprintable, char => `\\u{${char.codePointAt(0)!.toString(16)}}`)
}
