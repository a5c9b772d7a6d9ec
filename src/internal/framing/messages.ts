/**
 * Messages that are more than bytes or text: JSON, values of a schema, or whatever a pair of functions makes of a frame.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import {
  type DecodeError,
  FrameEncodeError,
  FrameError,
  type LimitExceeded,
  type UnexpectedEnd
} from "../../SocketError.ts"
import { limitOf, lineStep } from "../receive/delimited.ts"
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

export const schema = <B, J, E, X>(
  self: Framing<unknown, E, X, J>,
  schema: Schema.Schema<B, J>
): Framing<B, E | FrameError, X | FrameEncodeError> => {
  const decode = Schema.decodeUnknownEither(schema)
  const encode = Schema.encodeEither(schema)
  const misfit = (streamOffset: number) => (cause: ParseResult.ParseError) =>
    new FrameError({ reason: "InvalidMessage", streamOffset, cause })
  const unfit = (cause: ParseResult.ParseError) => new FrameEncodeError({ reason: "InvalidMessage", cause })
  return transformOrFail(self, {
    decode: (value, streamOffset) => Either.mapLeft(decode(value), misfit(streamOffset)),
    encode: (value: B) => Either.mapLeft(encode(value), unfit)
  })
}

/** Of a document of JSON, in bytes. */
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
        // JSON has no line feed, and escapes what is no Unicode.
        const bytes = utf8.encode(`${text}\n`)
        return bytes.length - 1 > limit ? tooLong(bytes.length - 1, limit) : Either.right(bytes)
      })
  })
}

const parse = (text: string, streamOffset: number): Either.Either<unknown, FrameError> => {
  try {
    return Either.right(JSON.parse(text))
  } catch (cause) {
    return Either.left(new FrameError({ reason: "InvalidJson", streamOffset, cause }))
  }
}

const stringify = (value: unknown): Either.Either<string, FrameEncodeError> => {
  try {
    // Nothing at all, of what has no JSON: a function, a symbol, `undefined`.
    const text: string | undefined = JSON.stringify(value)
    return text === undefined ? Either.left(new FrameEncodeError({ reason: "InvalidJson" })) : Either.right(text)
  } catch (cause) {
    return Either.left(new FrameEncodeError({ reason: "InvalidJson", cause }))
  }
}
