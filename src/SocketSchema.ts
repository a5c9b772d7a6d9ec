/**
 * Schemas of addresses, and framings whose messages have a schema. This module has its own import path, so that a
 * program without schemas does not load `effect/Schema`.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type Framing, transformOrFail } from "./Framing.ts"
import { printable } from "./internal/text/index.ts"
import * as Address from "./SocketAddress.ts"
import * as SocketError from "./SocketError.ts"

/**
 * A schema for values that are already a `SocketAddress`. Decoding and encoding return the same address.
 *
 * @since 0.1.0
 * @category addresses
 */
export const SocketAddressFromSelf: Schema.Schema<Address.SocketAddress> = Schema.declare(Address.isSocketAddress, {
  identifier: "SocketAddressFromSelf",
  description: "a socket address",
  pretty: () => Address.format,
  arbitrary: () => fc => {
    const port = fc.integer({ min: 0, max: 65535 })
    return fc.oneof(
      fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), port).map(([host, port]) => Address.unsafeInet(host, port)),
      fc.tuple(fc.domain(), port).map(([host, port]) => Either.getOrThrow(Address.hostPort(host, port))),
      fc.string({ maxLength: 40 }).map(name => Address.unsafeUnix(`/${name}`)),
      fc.constant(Address.unixUnnamed)
    )
  }
})

/**
 * A schema for addresses as strings. Decodes with `SocketAddress.parse`, and encodes with `SocketAddress.format`. If
 * the string is not an address, decoding fails with the message of the `AddressError`.
 *
 * @since 0.1.0
 * @category addresses
 */
export const SocketAddress: Schema.Schema<Address.SocketAddress, string> = Schema.transformOrFail(
  Schema.String,
  SocketAddressFromSelf,
  {
    strict: true,
    decode: (text, _, ast) =>
      Either.mapLeft(Address.parse(text), error => new ParseResult.Type(ast, text, error.message)),
    encode: address => ParseResult.succeed(Address.format(address))
  }
).annotations({ identifier: "SocketAddress", description: "a socket address, such as 127.0.0.1:808" })

/**
 * Returns the first error of the schema as text. If the error is in a field of the message, the text begins with the
 * path of the field.
 */
const detailOf = (cause: ParseResult.ParseError): string => {
  const [first] = ParseResult.ArrayFormatter.formatErrorSync(cause)
  if (first === undefined) return cause.message
  const path = first.path.map(key => `[${printable(key)}]`).join("")
  return path === "" ? first.message : `at ${path}: ${first.message}`
}

/**
 * Makes a framing whose messages match a schema: `SocketSchema.framing(Framing.ndjson(), Person)`.
 *
 * If a received message does not match the schema, the receive fails with `FrameError` (`InvalidMessage`). The `cause`
 * of the error is the `ParseError`. The message stays buffered, and can be received with the framing `self`. If a value
 * to send does not match, the send fails with `FrameEncodeError` (`InvalidMessage`), and nothing is sent.
 *
 * @since 0.1.0
 * @category framings
 */
export const framing: {
  <A, I>(
    schema: Schema.Schema<A, I>
  ): <E, X>(self: Framing<unknown, E, X, I>) => Framing<A, E | SocketError.FrameError, X | SocketError.FrameEncodeError>
  <A, I, E, X>(
    self: Framing<unknown, E, X, I>,
    schema: Schema.Schema<A, I>
  ): Framing<A, E | SocketError.FrameError, X | SocketError.FrameEncodeError>
} = dual(
  2,
  <A, I, E, X>(
    self: Framing<unknown, E, X, I>,
    schema: Schema.Schema<A, I>
  ): Framing<A, E | SocketError.FrameError, X | SocketError.FrameEncodeError> => {
    const [decode, encode] = [Schema.decodeUnknownEither(schema), Schema.encodeEither(schema)]
    return transformOrFail(self, {
      decode: (value, streamOffset) =>
        Either.mapLeft(
          decode(value),
          cause =>
            new SocketError.FrameError({ reason: "InvalidMessage", streamOffset, detail: detailOf(cause), cause })
        ),
      encode: (value: A) =>
        Either.mapLeft(
          encode(value),
          cause => new SocketError.FrameEncodeError({ reason: "InvalidMessage", detail: detailOf(cause), cause })
        )
    })
  }
)
