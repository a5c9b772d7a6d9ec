/**
 * Steps that wait for a delimiter: messages that end in a byte sequence, and lines.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Encoding from "../../Encoding.ts"
import { type DecodeError, LimitExceeded, UnexpectedEnd } from "../../SocketError.ts"
import { fail, more, type Step, take } from "./step.ts"

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

/** Which bytes end a line: `lf`, `crlf` (a line feed alone is part of the line), or either of them. */
export type Terminator = "lf" | "crlf" | "any"

/** What can be wrong with a line. */
export type LineError = DecodeError | LimitExceeded | UnexpectedEnd

export const lineLimit = 64 * 1024

/** Whole bytes. What is no number must not mean "without limit". */
export const limitOf = (limit: number | undefined, otherwise: number): number =>
  Math.floor(Math.max(0, limit ?? otherwise)) || 0

/** A copy, for the caller may write to it; no bytes where there are none, as of half a surrogate pair. */
export const bytesOf = (delimiter: Uint8Array | string): Uint8Array =>
  typeof delimiter === "string"
    ? Either.getOrElse(Encoding.encode(delimiter, "utf-8"), () => new Uint8Array(0))
    : new Uint8Array(delimiter)

const lineFeed = Uint8Array.of(0x0a)
const returnAndFeed = Uint8Array.of(0x0d, 0x0a)

/**
 * What stands before the delimiter, of which `limit` bytes are allowed, as `result` makes it of the view. `spare` is
 * how many bytes before the delimiter belong to it.
 */
const before =
  <A, E>(
    operation: string,
    search: Search,
    limit: number,
    spare: (view: Uint8Array, end: number) => number,
    result: (view: Uint8Array, end: number, offset: number) => Either.Either<A, E>
  ): Step<A, E | LimitExceeded | UnexpectedEnd> =>
  (view, ended, offset) => {
    const at = search.find(view, offset)
    const end = at < 0 ? view.length - search.matched : at
    if (end - spare(view, end) > limit) {
      return fail(new LimitExceeded({ operation, limit }))
    }
    if (at < 0) {
      return ended ? fail(new UnexpectedEnd({ available: view.length })) : more(view.length + 1)
    }
    const made = result(view, at, offset)
    return Either.isRight(made) ? take(at + search.delimiter.length, made.right) : fail(made.left)
  }

const none = () => 0

export const untilStep = (
  operation: string,
  delimiter: Uint8Array,
  limit: number | undefined,
  keepDelimiter: boolean
): Step<Uint8Array, LimitExceeded | UnexpectedEnd> =>
  before(operation, new Search(delimiter), limitOf(limit, lineLimit), none, (view, end) =>
    Either.right(view.slice(0, keepDelimiter ? end + delimiter.length : end))
  )

/** A line without what ended it. */
export const lineStep = (
  operation: string,
  limit: number | undefined,
  encoding: Encoding.Encoding,
  terminator: Terminator
): Step<string, LineError> => {
  const spare = terminator === "any" ? returnBefore : none
  const search = new Search(terminator === "crlf" ? returnAndFeed : lineFeed)
  return before(operation, search, limitOf(limit, lineLimit), spare, (view, end, streamOffset) =>
    Encoding.decode(view.subarray(0, end - spare(view, end)), encoding, { streamOffset })
  )
}

/** How many of the bytes before `end` are a carriage return. */
const returnBefore = (view: Uint8Array, end: number): number => (view[end - 1] === 0x0d ? 1 : 0)
