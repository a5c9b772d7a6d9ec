/**
 * Steps for messages that end with a delimiter, and for lines.
 * See docs/DECISIONS.md#incomplete-messages-stay-buffered.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Encoding from "../../Encoding.ts"
import { type DecodeError, LimitExceeded, UnexpectedEnd } from "../../SocketError.ts"
import { count } from "../option/index.ts"
import { fail, more, type Step, take } from "./step.ts"

/**
 * Searches a growing view for a delimiter. Does not search the same bytes again when the view grows (the algorithm of
 * Knuth, Morris and Pratt).
 */
export class Search {
  readonly delimiter: Uint8Array
  /** The last `matched` bytes that were searched may be the beginning of a match. */
  matched = 0
  /** For each length of a partial match: the length of the partial match that remains if the next byte differs. */
  private readonly borders: ReadonlyArray<number>
  /** The position in the stream at which the view of the last search begins. */
  private offset = -1
  /** The number of bytes of the last view that have been searched. */
  private searched = 0

  constructor(delimiter: Uint8Array) {
    this.delimiter = delimiter
    this.borders = bordersOf(delimiter)
  }

  /**
   * Returns the position of the delimiter in the view, or -1 if the delimiter has not arrived. The view begins at
   * `offset` in the stream.
   */
  find(view: Uint8Array, offset: number): number {
    if (offset !== this.offset) {
      this.offset = offset
      this.searched = this.matched = 0
    }
    const end = this.delimiter.length === 1 ? view.indexOf(this.delimiter[0]!, this.searched) + 1 : this.advance(view)
    if (end > 0) {
      return end - this.delimiter.length // If the caller does not take the match, the next call finds it again.
    }
    this.searched = view.length
    return -1
  }

  /**
   * Searches for a delimiter of two bytes or more. Returns the position after the first match, or 0 if there is no
   * match.
   */
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

/** For each prefix P of the delimiter, returns the length of the longest shorter prefix that P also ends with. */
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

/**
 * The bytes that end a line: `lf` is `\n`, `crlf` is `\r\n`, and `any` is either. With `crlf`, a `\n` without a `\r` is
 * part of the line.
 */
export type Terminator = "lf" | "crlf" | "any"

/**
 * The errors of an invalid line: the line is not text, the line is too long, or the stream ends before the terminator.
 */
export type LineError = DecodeError | LimitExceeded | UnexpectedEnd

/** In bytes: the default limit of a line and of a delimited message. */
export const lineLimit = 64 * 1024

/** Checks the option `limit` and returns it in whole bytes. Returns `otherwise` if the option is `undefined`. */
export const limitOf = (limit: number | undefined, otherwise: number): number => count("limit", limit, otherwise)

/**
 * Returns a copy of the delimiter as bytes, because the caller may change the original. If the text has a lone
 * surrogate, it cannot be encoded, and the result is empty.
 */
export const bytesOf = (delimiter: Uint8Array | string): Uint8Array =>
  typeof delimiter === "string"
    ? Either.getOrElse(Encoding.encode(delimiter, "utf-8"), () => new Uint8Array(0))
    : new Uint8Array(delimiter)

const lineFeed = Uint8Array.of(0x0a)
const returnAndFeed = Uint8Array.of(0x0d, 0x0a)

/**
 * Makes a step that receives up to the delimiter. `result` makes the value from the view, the position of the delimiter
 * and the position of the view in the stream. If more than `limit` bytes come before the delimiter, the step fails with
 * `LimitExceeded`. `spare` returns how many bytes before the delimiter belong to the line terminator. These bytes do
 * not count.
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

/** Makes a step that receives a line and returns its text without the terminator. */
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

/** Returns 1 if the byte before `end` is a carriage return, and 0 otherwise. */
const returnBefore = (view: Uint8Array, end: number): number => (view[end - 1] === 0x0d ? 1 : 0)
