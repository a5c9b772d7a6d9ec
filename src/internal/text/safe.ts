/**
 * Escapes and cuts text that may come from a peer.
 *
 * @internal
 */

/** Controls, format characters (bidi and zero width), lone surrogates, and the line and paragraph separators. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Returns the text with unsafe characters escaped, cut after `most` characters. Characters of `except` stay. The text is
 * cut twice: before, so that a long text costs little, and after, because an escape is longer than its character.
 */
export const escaped = (text: string, most: number, except = ""): string => {
  const safe = shorter(text, most).replace(unsafe, char =>
    char === except ? char : `\\u{${char.codePointAt(0)!.toString(16)}}`
  )
  return shorter(safe, most + 3)
}

const shorter = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}...` : text)

/** Returns whether the text is printed as it is, and is at most `most` characters long. */
export const isSafe = (text: string, most: number): boolean => text.length <= most && text.search(unsafe) < 0
