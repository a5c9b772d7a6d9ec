/**
 * Text from a peer, made harmless for a terminal: what would move the cursor, change a colour, answer the terminal or
 * turn the reading direction is written as Python writes it, `\x1b` or `\u202e`. What people read stays as it is.
 */

/** Control characters (C0, DEL and C1) but newline and tab, and the marks that turn the direction of reading. */
const forTerminal = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const forLine = /[\n\t]/g

const escaped = (char: string): string => {
  const code = char.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`
}

/** For a terminal: newline and tab pass. */
export const text = (text: string): string => text.replace(forTerminal, escaped)

/** For a message: as `text`, and one line whatever it holds. */
export const line = (line: string): string => text(line).replace(forLine, escaped)

/** Without colours and other styles: for output of our own that goes to no terminal. */
export const unstyled = (styled: string): string => styled.replace(/[^\P{Cc}\n\t]\[[\d;]*m/gu, "")
