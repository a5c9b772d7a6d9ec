/** Sends a mail by SMTP, without a password, as to a server on the same machine or in the same network. */
import * as Effect from "effect/Effect"
import { Network, type Socket } from "effect-sockets"
import { BadAddress, badAddress, dotted, type Mail } from "./mail.ts"
import { answered, command } from "./reply.ts"

/** Gets the socket and the extensions that the server offers. Returns the socket on which the session continues. */
export type Upgrade<E, R> = (
  socket: Socket.Socket,
  extensions: ReadonlyArray<string>
) => Effect.Effect<Socket.Socket, E, R>

/** Returns the extensions that the server offers. */
const hello = (socket: Socket.Socket) =>
  Effect.map(command(socket, "EHLO localhost", 250), ({ lines: [_greeting, ...extensions] }) => extensions)

const send = <E, R>(plain: Socket.Socket, mail: Mail, upgrade: Upgrade<E, R>) =>
  Effect.gen(function* () {
    const bad = badAddress(mail)
    if (bad !== undefined) return yield* new BadAddress({ address: bad })
    yield* answered(plain, "connect", 220)
    const socket = yield* upgrade(plain, yield* hello(plain))
    // After STARTTLS, both sides forget what they said in plain text (RFC 3207).
    if (socket !== plain) yield* hello(socket)
    yield* command(socket, `MAIL FROM:<${mail.from}>`, 250)
    yield* Effect.forEach(mail.to, address => command(socket, `RCPT TO:<${address}>`, 250))
    yield* command(socket, "DATA", 354)
    yield* socket.sendText(dotted(mail.text))
    const taken = yield* answered(socket, "the mail", 250)
    // The server has accepted the mail, so an error of QUIT does not matter.
    yield* Effect.ignore(command(socket, "QUIT", 221))
    return taken.lines.join(" ")
  })

/**
 * Sends a mail. Returns the text with which the server accepted it. Each receive has a timeout of 5 minutes (RFC 5321).
 * Default of `upgrade`: the session stays in plain text. `starttls` continues it over TLS.
 */
export const program = <E = never, R = never>(
  server: Network.Target,
  mail: Mail,
  upgrade: Upgrade<E, R> = Effect.succeed
) => Network.withConnection(server, socket => send(socket, mail, upgrade), { timeouts: { recvTimeout: "5 minutes" } })
