/**
 * Makes text from a peer safe for a terminal. Characters that move the cursor, change a color, make the terminal answer
 * or change the reading direction are written as Python writes them: `\x1b` or `\u202e`. Printable text is not changed.
 */

/** Control characters (C0, DEL and C1) except newline and tab, and the marks that change the reading direction. */
const forTerminal = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const forLine = /[\n\t]/g

const escaped = (char: string): string => {
  const code = char.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`
}

/** Escapes text for a terminal. Newline and tab are kept. */
export const text = (text: string): string => text.replace(forTerminal, escaped)

/** Escapes text for a message. Newline and tab are escaped too, so the message is always one line. */
export const line = (line: string): string => text(line).replace(forLine, escaped)

/** Removes colors and other styles from our own output when it does not go to a terminal. */
export const unstyled = (styled: string): string => styled.replace(/[^\P{Cc}\n\t]\[[\d;]*m/gu, "")
