/**
 * Framings whose frames end with a delimiter: frames of bytes, and lines of text.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Encoding from "../../Encoding.ts"
import {
  type DecodeError,
  type EncodeError,
  FrameEncodeError,
  FrameError,
  type LimitExceeded,
  type UnexpectedEnd
} from "../../SocketError.ts"
import { checkText } from "../option/index.ts"
import { bytesOf, fail, limitOf, lineLimit, lineStep, Search, type Terminator, untilStep } from "../receive/index.ts"
import type { LineOptions } from "../stream/index.ts"
import { type DelimitedOptions, type Framing, make } from "./framing.ts"

export const tooLong = (length: number, limit: number) =>
  Either.left(new FrameEncodeError({ reason: "TooLong", length, limit }))

const containsDelimiter = () => Either.left(new FrameEncodeError({ reason: "ContainsDelimiter" }))

export const delimited = (
  given: Uint8Array | string,
  options: DelimitedOptions | undefined
): Framing<Uint8Array, LimitExceeded | UnexpectedEnd | FrameError, FrameEncodeError> => {
  const delimiter = bytesOf(given)
  if (delimiter.length === 0) {
    return noDelimiter
  }
  const limit = limitOf(options?.limit, lineLimit)
  return make({
    step: () => untilStep("delimited", delimiter, limit, false),
    encode: bytes => {
      if (bytes.length > limit) {
        return tooLong(bytes.length, limit)
      }
      const frame = new Uint8Array(bytes.length + delimiter.length)
      frame.set(bytes)
      frame.set(delimiter, bytes.length)
      // Searches the whole frame: the end of the content and the start of the delimiter may form a delimiter too.
      return new Search(delimiter).find(frame, 0) < bytes.length ? containsDelimiter() : Either.right(frame)
    }
  })
}

const noDelimiter = /*#__PURE__*/ make<Uint8Array, FrameError, FrameEncodeError>({
  step: () => (_view, _ended, streamOffset) => fail(new FrameError({ reason: "InvalidDelimiter", streamOffset })),
  encode: () => Either.left(new FrameEncodeError({ reason: "InvalidDelimiter" }))
})

/**
 * Returns true if the peer would not read the whole text as one line. With `any`, the peer takes a carriage return at
 * the end of the text for a part of the terminator.
 */
const endsEarly: Record<Terminator, (text: string) => boolean> = {
  lf: text => text.includes("\n"),
  crlf: text => text.includes("\r\n"),
  any: text => text.includes("\n") || text.endsWith("\r")
}

export const lines = (
  options: LineOptions | undefined
): Framing<string, LimitExceeded | UnexpectedEnd | DecodeError, FrameEncodeError | EncodeError> => {
  const { encoding = "utf-8", terminator = "any" } = options ?? {}
  checkText({ encoding, terminator })
  const limit = limitOf(options?.limit, lineLimit)
  const end = terminator === "crlf" ? "\r\n" : "\n"
  return make({
    step: () => lineStep("lines", limit, encoding, terminator),
    encode: (text): Either.Either<Uint8Array, FrameEncodeError | EncodeError> =>
      endsEarly[terminator](text)
        ? containsDelimiter()
        : Either.flatMap(Encoding.encode(text + end, encoding), bytes =>
            bytes.length - end.length > limit ? tooLong(bytes.length - end.length, limit) : Either.right(bytes)
          )
  })
}
