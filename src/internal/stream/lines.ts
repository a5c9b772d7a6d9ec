/**
 * The lines of a socket as a stream. All that are buffered are decoded and split at once; what stops that (a line which
 * is too long, or no text) is found by the step for one line, so that the stream is what a loop of `recvLine` gives.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Either from "effect/Either"
import type * as Stream from "effect/Stream"
import * as Encoding from "../../Encoding.ts"
import type { RecvError } from "../../SocketError.ts"
import { type LineError, limitOf, lineLimit, lineStep, type Terminator } from "../receive/delimited.ts"
import { type Batch, repeated } from "../receive/repeated.ts"
import { more, type Step, take } from "../receive/step.ts"
import type { LineOptions } from "./steps.ts"
import type { Transport } from "./transport.ts"

export const lines = (
  transport: Transport,
  options: LineOptions | undefined
): Stream.Stream<string, RecvError | LineError> =>
  repeated(
    transport.recvWith(
      linesStep(limitOf(options?.limit, lineLimit), options?.encoding ?? "utf-8", options?.terminator ?? "any")
    ),
    batch => batch
  )

const linesStep = (
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

/** Where the last of the lines ends that are whole and within the limit. The first of them ends at `from`. */
const endOfLines = (view: Uint8Array, from: number, limit: number, terminator: Terminator): number => {
  // Lines that end within the limit of the first are within it too.
  const reach = limit + (terminator === "crlf" ? 2 : 1)
  let end = from
  for (;;) {
    const next = lastEnd(view, end, Math.min(view.length, end + reach), terminator)
    if (next === end) return end
    end = next
  }
}

/** Where the last terminator ends that stands in `from..to`, where a line begins at `from`; `from` if there is none. */
const lastEnd = (view: Uint8Array, from: number, to: number, terminator: Terminator): number => {
  let at = view.lastIndexOf(lineFeed, to - 1)
  if (terminator === "crlf") {
    while (at > from && view[at - 1] !== carriageReturn) at = view.lastIndexOf(lineFeed, at - 1)
    if (at === from) return from
  }
  return at < from ? from : at + 1
}

/** The lines of a text that ends with one. */
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
