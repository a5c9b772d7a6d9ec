/** STARTTLS (RFC 3207): a session that began in plain text continues over TLS. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { type Socket, Tls } from "effect-sockets"
import { command } from "./reply.ts"

export interface Options extends Tls.ClientOptions {
  /**
   * - `"required"`: a mail is sent only over TLS.
   * - `"offered"`: if the server does not offer TLS, the mail is sent in plain text. An attacker who can change the
   *   traffic can remove the offer.
   */
  readonly when: "required" | "offered"
}

/** The server does not offer TLS, and the mail was not sent. */
export class NotOffered extends Data.TaggedError("NotOffered") {
  override get message() {
    return "the mail was not sent, because the server does not offer STARTTLS"
  }
}

/** Continues over TLS if the server offers it. The certificate of the server must be valid for `name`. */
export const starttls =
  ({ when, ...options }: Options) =>
  (socket: Socket.Socket, extensions: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      if (!extensions.some(extension => extension.toUpperCase() === "STARTTLS")) {
        return when === "required" ? yield* new NotOffered() : socket
      }
      yield* command(socket, "STARTTLS", 220)
      return yield* Tls.client(socket, options)
    })
