/**
 * Framings that decode the content of frames: as JSON, or with functions of the caller.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import {
  type DecodeError,
  FrameEncodeError,
  FrameError,
  type LimitExceeded,
  type UnexpectedEnd
} from "../../SocketError.ts"
import { limitOf, lineStep } from "../receive/index.ts"
import { printable } from "../text/index.ts"
import { tooLong } from "./delimited.ts"
import { type Encoded, type Framing, make, mapStep, type NdjsonOptions, type Transformation } from "./framing.ts"

export const transformOrFail = <A, E, X, I, B, E2, X2, J = B>(
  self: Framing<A, E, X, I>,
  { decode, encode }: Transformation<A, B, E2, X2, J, I>
): Framing<B, E | E2, X | X2, J> =>
  make({
    step: () => mapStep(self.step(), decode),
    encode: (value: J): Encoded<X | X2> => {
      const encoded = encode(value)
      return Either.isRight(encoded) ? self.encode(encoded.right) : Either.left(encoded.left)
    }
  })

/** The default limit of a JSON document, in bytes. */
const documentLimit = 16 * 1024 * 1024

const utf8 = /*#__PURE__*/ new TextEncoder()

export const ndjson = (
  options: NdjsonOptions | undefined
): Framing<unknown, LimitExceeded | UnexpectedEnd | DecodeError | FrameError, FrameEncodeError> => {
  const limit = limitOf(options?.limit, documentLimit)
  return make({
    step: () => mapStep(lineStep("ndjson", limit, "utf-8", "any"), parse),
    encode: value =>
      Either.flatMap(stringify(value), text => {
        // JSON.stringify writes no line feed, and escapes lone surrogates, so the text is one line and valid UTF-8.
        const bytes = utf8.encode(`${text}\n`)
        return bytes.length - 1 > limit ? tooLong(bytes.length - 1, limit) : Either.right(bytes)
      })
  })
}

/** Returns the message of an exception. A `toJSON` method may throw a value that is not an Error. */
const detailOf = (cause: unknown): string => (Predicate.isError(cause) ? cause.message : printable(cause))

const parse = (text: string, streamOffset: number): Either.Either<unknown, FrameError> => {
  try {
    return Either.right(JSON.parse(text))
  } catch (cause) {
    return Either.left(new FrameError({ reason: "InvalidJson", streamOffset, detail: detailOf(cause), cause }))
  }
}

const stringify = (value: unknown): Either.Either<string, FrameEncodeError> => {
  try {
    // JSON.stringify returns undefined for a function, a symbol and `undefined`.
    const text: string | undefined = JSON.stringify(value)
    return text === undefined ? Either.left(new FrameEncodeError({ reason: "InvalidJson" })) : Either.right(text)
  } catch (cause) {
    return Either.left(new FrameEncodeError({ reason: "InvalidJson", detail: detailOf(cause), cause }))
  }
}
