/** The messages: a request and an offer, each a line of JSON, then the rest of the file in length-prefixed pieces. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Framing, type Socket, SocketError } from "effect-sockets"
import * as SocketSchema from "effect-sockets/SocketSchema"

/** A name cannot be a path, so that a client cannot request a file of another folder. */
const Name = Schema.String.pipe(Schema.pattern(/^\w[\w.-]{0,200}$/))

const Request = Schema.Struct({ name: Name, from: Schema.NonNegativeInt })

/** The size of the whole file in bytes, and its SHA-256 in hexadecimal. */
const Offer = Schema.Struct({ size: Schema.NonNegativeInt, sha256: Schema.String })

const json = Framing.ndjson({ limit: 1024 })
export const requests = SocketSchema.framing(json, Request)
export const offers = SocketSchema.framing(json, Offer)
export const pieces = Framing.lengthPrefixed({ size: 4, limit: 64 * 1024 })

/** Receives the next message. Fails with `UnexpectedEnd` if the connection has ended. */
export const next = <A, E>(socket: Socket.Socket, framing: Framing.Framing<A, E, unknown, never>) =>
  Effect.flatMap(
    Framing.recv(socket, framing),
    Option.match({
      onNone: () => new SocketError.UnexpectedEnd({ available: 0 }),
      onSome: message => Effect.succeed(message)
    })
  )
