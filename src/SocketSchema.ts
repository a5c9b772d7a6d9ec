/**
 * Schemas of addresses, and framings whose messages have a schema. They have a module of their own so that a program that
 * uses none does not load `effect/Schema`.
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
 * An address as it is in a program.
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
 * An address as a string. It decodes as `SocketAddress.parse` does, with the message of its `AddressError`, and encodes as
 * `SocketAddress.format` does.
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

/** The first thing that is wrong, and where. */
const detailOf = (cause: ParseResult.ParseError): string => {
  const [first] = ParseResult.ArrayFormatter.formatErrorSync(cause)
  if (first === undefined) return cause.message
  const path = first.path.map(key => `[${printable(key)}]`).join("")
  return path === "" ? first.message : `at ${path}: ${first.message}`
}

/**
 * A framing whose messages are of a schema: `SocketSchema.framing(Framing.ndjson(), Person)`. A message that does not fit is
 * `FrameError` (`InvalidMessage`), with the `ParseError` as its cause. It stays in the socket, where the framing underneath
 * can receive it. A value that does not fit is `FrameEncodeError`, and nothing of it is sent.
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
