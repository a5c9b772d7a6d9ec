/**
 * Makes text from a peer safe for a terminal. Some characters move the cursor, change a color, make the terminal
 * answer, or change the reading direction. These are written as escapes, such as `\x1b` or `\u202e`. Printable text is
 * not changed.
 */

/**
 * The characters that are escaped:
 * - control characters (C0, DEL and C1) except newline and tab
 * - the marks that change the reading direction
 * - the line and paragraph separators, which some terminals and editors treat as a newline
 */
const forTerminal = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

const forLine = /[\n\t]/g

const hex = (char: string, digits: number): string => char.charCodeAt(0).toString(16).padStart(digits, "0")

const escaped = (char: string): string => (char < "\u0100" ? `\\x${hex(char, 2)}` : `\\u${hex(char, 4)}`)

/** Escapes text for a terminal. Newline and tab are kept. */
export const text = (text: string): string => text.replace(forTerminal, escaped)

/** Escapes text for a message. Newline and tab are escaped too, so the message is always one line. */
export const line = (line: string): string => text(line).replace(forLine, escaped)

/**
 * Escapes characters in JSON text that are unsafe on a terminal, if `JSON.stringify` has not escaped them. Uses the
 * escapes of JSON, so a parser reads the same value.
 */
export const json = (json: string): string => json.replace(forTerminal, char => `\\u${hex(char, 4)}`)

/** Removes colors and other styles from a text, so that it can be written to a file or a pipe. */
export const unstyled = (styled: string): string => styled.replace(/[^\P{Cc}\n\t]\[[\d;]*m/gu, "")
