/**
 * Escapes and cuts text that may come from a peer.
 *
 * @internal
 */

/**
 * Matches control characters, format characters (bidi and zero width), lone surrogates, and line and paragraph
 * separators.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Returns the text with unsafe characters escaped, cut to at most `most` + 6 characters. The character `except` is not
 * escaped. The text is cut before it is escaped, so that a long text costs little. It is cut again after that, because
 * an escape is longer than its character.
 */
export const escaped = (text: string, most: number, except = ""): string => {
  const safe = shorter(text, most).replace(unsafe, char =>
    char === except ? char : `\\u{${char.codePointAt(0)!.toString(16)}}`
  )
  return shorter(safe, most + 3)
}

const shorter = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}...` : text)

/** Returns true if the text has no unsafe character and at most `most` characters. */
export const isSafe = (text: string, most: number): boolean => text.length <= most && text.search(unsafe) < 0
