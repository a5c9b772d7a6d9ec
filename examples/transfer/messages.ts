/** What is said: a line of JSON that asks, one that offers, and then pieces, with their lengths before them, to the end. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Framing, type Socket, SocketError } from "effect-sockets"
import * as SocketSchema from "effect-sockets/SocketSchema"

/** A name is no path: nobody asks for a file of another folder. */
const Name = Schema.String.pipe(Schema.pattern(/^\w[\w.-]{0,200}$/))

const Request = Schema.Struct({ name: Name, from: Schema.NonNegativeInt })

/** How long the file is, and the SHA-256 of it all. */
const Offer = Schema.Struct({ size: Schema.NonNegativeInt, sha256: Schema.String })

const json = Framing.ndjson({ limit: 1024 })
export const requests = SocketSchema.framing(json, Request)
export const offers = SocketSchema.framing(json, Offer)
export const pieces = Framing.lengthPrefixed({ size: 4, limit: 64 * 1024 })

/** The next message, which has to come. */
export const next = <A, E>(socket: Socket.Socket, framing: Framing.Framing<A, E, unknown, never>) =>
  Effect.flatMap(
    Framing.recv(socket, framing),
    Option.match({
      onNone: () => new SocketError.UnexpectedEnd({ available: 0 }),
      onSome: message => Effect.succeed(message)
    })
  )
