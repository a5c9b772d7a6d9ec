/**
 * Where a delimiter begins in a stream that comes in pieces. No byte is looked at twice, however often the view of them
 * grows, and whatever they are (Knuth, Morris and Pratt, with the native search for what may begin a match).
 *
 * @internal
 */
export class Search {
  readonly delimiter: Uint8Array
  /** How much of the delimiter the bytes that have been searched end in: they may be the beginning of a match. */
  matched = 0
  /** For each length of a match, the longer one that is left of it when the next byte does not fit. */
  private readonly borders: ReadonlyArray<number>
  /** Which view it was, by where in the stream it began, and how much of it has been searched. */
  private offset = -1
  private searched = 0

  constructor(delimiter: Uint8Array) {
    this.delimiter = delimiter
    this.borders = bordersOf(delimiter)
  }

  /** The place of the delimiter in the view, which begins at `offset` in the stream; -1 if it is not (yet) there. */
  find(view: Uint8Array, offset: number): number {
    if (offset !== this.offset) {
      this.offset = offset
      this.searched = this.matched = 0
    }
    const end = this.delimiter.length === 1 ? view.indexOf(this.delimiter[0]!, this.searched) + 1 : this.advance(view)
    if (end > 0) {
      return end - this.delimiter.length // Not taken yet: if it is asked for again, it is found again from here.
    }
    this.searched = view.length
    return -1
  }

  /** Where the first match of two bytes or more ends, or 0. */
  private advance(view: Uint8Array): number {
    const { borders, delimiter } = this
    let matched = this.matched
    for (let at = this.searched; at < view.length; at++) {
      if (matched === 0) {
        at = view.indexOf(delimiter[0]!, at)
        if (at < 0) break
        matched = 1
        continue
      }
      const byte = view[at]
      while (matched > 0 && byte !== delimiter[matched]) matched = borders[matched - 1]!
      if (byte === delimiter[matched]) matched += 1
      if (matched === delimiter.length) return at + 1
    }
    this.matched = matched
    return 0
  }
}

/** The longest proper beginning of each prefix of the delimiter that the prefix also ends in. */
const bordersOf = (delimiter: Uint8Array): ReadonlyArray<number> => {
  const borders = [0]
  let border = 0
  for (let at = 1; at < delimiter.length; at++) {
    while (border > 0 && delimiter[at] !== delimiter[border]) border = borders[border - 1]!
    if (delimiter[at] === delimiter[border]) border += 1
    borders.push(border)
  }
  return borders
}
