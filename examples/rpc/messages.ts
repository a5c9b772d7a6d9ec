/** The messages: JSON in length-prefixed frames. An answer has the id of its question. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Encoding, Framing } from "effect-sockets"
import * as SocketSchema from "effect-sockets/SocketSchema"

const Question = Schema.Struct({ id: Schema.Int, method: Schema.String, argument: Schema.Unknown })

const Answer = Schema.Union(
  Schema.Struct({ id: Schema.Int, failed: Schema.String }),
  // This schema also accepts a missing `value`, because JSON has no `undefined`. So it must come last.
  Schema.Struct({ id: Schema.Int, value: Schema.Unknown })
)
export type Answer = typeof Answer.Type

/** Invalid UTF-8 is an error, like invalid JSON. */
const Text = Schema.transformOrFail(Schema.Uint8ArrayFromSelf, Schema.String, {
  strict: true,
  decode: (bytes, _, ast) =>
    Either.mapLeft(Encoding.decode(bytes, "utf-8"), ({ message }) => new ParseResult.Type(ast, bytes, message)),
  encode: text => ParseResult.succeed(new TextEncoder().encode(text))
})

const frames = Framing.lengthPrefixed({ size: 4, limit: 1024 * 1024 })

export const questions = SocketSchema.framing(frames, Schema.compose(Text, Schema.parseJson(Question)))
export const answers = SocketSchema.framing(frames, Schema.compose(Text, Schema.parseJson(Answer)))
