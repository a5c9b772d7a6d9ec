/**
 * Receives all buffered lines at once: decodes them together, then splits the text. If the first line is too long or is
 * not text, `lineStep` reports that. If a later line is invalid, the next receive reports it. So the lines and the
 * errors are the same as in a loop of `recvLine`.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Either from "effect/Either"
import * as Encoding from "../../Encoding.ts"
import { type LineError, lineStep, type Terminator } from "./delimited.ts"
import { type Batch, more, type Step, take } from "./step.ts"

export const linesStep = (
  limit: number,
  encoding: Encoding.Encoding,
  terminator: Terminator
): Step<Batch<string>, LineError> => {
  const step = lineStep("lines", limit, encoding, terminator)
  return (view, ended, offset) => {
    if (view.length === 0) {
      return ended ? take(0, undefined) : more(1)
    }
    const first = step(view, ended, offset)
    if (first._tag !== "Take") {
      return first
    }
    let end = endOfLines(view, first.bytes, limit, terminator)
    let text = Encoding.decode(view.subarray(0, end), encoding)
    if (Either.isLeft(text)) {
      end = lastEnd(view, first.bytes, text.left.start, terminator)
      text = Encoding.decode(view.subarray(0, end), encoding)
    }
    const all = end === first.bytes || Either.isLeft(text) ? [first.value] : split(text.right, terminator)
    return take(end, Chunk.unsafeFromArray(all))
  }
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * Returns the end of the last complete line. Stops at a line that may be longer than the limit. `from` is the end of
 * the first line.
 */
const endOfLines = (view: Uint8Array, from: number, limit: number, terminator: Terminator): number => {
  // A line is within the limit if it ends at most `reach` bytes after the end of any line before it.
  const reach = limit + (terminator === "crlf" ? 2 : 1)
  let end = from
  for (;;) {
    const next = lastEnd(view, end, Math.min(view.length, end + reach), terminator)
    if (next === end) return end
    end = next
  }
}

/** Returns the end of the last terminator in `from..to`, or `from` if there is none. A line must begin at `from`. */
const lastEnd = (view: Uint8Array, from: number, to: number, terminator: Terminator): number => {
  let at = view.lastIndexOf(lineFeed, to - 1)
  if (terminator === "crlf") {
    while (at > from && view[at - 1] !== carriageReturn) at = view.lastIndexOf(lineFeed, at - 1)
    if (at === from) return from
  }
  return at < from ? from : at + 1
}

/** Returns the lines of a text that ends with a terminator. */
const split = (text: string, terminator: Terminator): Array<string> => {
  const all = text.split(terminator === "crlf" ? "\r\n" : "\n")
  all.pop()
  if (terminator === "any" && text.includes("\r")) {
    for (let i = 0; i < all.length; i++) {
      const line = all[i]!
      if (line.charCodeAt(line.length - 1) === carriageReturn) all[i] = line.slice(0, -1)
    }
  }
  return all
}
