/** Sends a mail by SMTP, without TLS and without a password, as to a server on the same machine. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { Network, type Socket } from "effect-sockets"
import { Refused, reply } from "./reply.ts"

export interface Mail {
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** Headers, an empty line, and the body. */
  readonly text: string
}

/** The address is invalid and was not sent: a server could take text after a line end in it as another command. */
export class BadAddress extends Data.TaggedError("BadAddress")<{ readonly address: string }> {
  override get message() {
    return `invalid mail address: ${JSON.stringify(this.address)}`
  }
}

/** Ends each line with CRLF and doubles a dot at its beginning, because a line with only a dot ends the mail. */
export const dotted = (text: string) =>
  `${text
    .replace(/(?:\r\n|\r|\n)$/, "")
    .split(/\r\n|\r|\n/)
    .map(line => (line.startsWith(".") ? `.${line}` : line))
    .join("\r\n")}\r\n.\r\n`

const send = (socket: Socket.Socket, mail: Mail) =>
  Effect.gen(function* () {
    const answered = (command: string, code: number) =>
      Effect.filterOrFail(
        reply(socket),
        answer => answer.code === code,
        answer => new Refused({ command, reply: answer })
      )
    const command = (text: string, code: number) =>
      Effect.zipRight(socket.sendText(`${text}\r\n`, "ascii"), answered(text, code))

    const bad = [mail.from, ...mail.to].find(address => !/^[!-;=?-~]+@[\w.[\]:-]+$/.test(address))
    if (bad !== undefined) return yield* new BadAddress({ address: bad })
    yield* answered("connect", 220)
    yield* command("EHLO localhost", 250)
    yield* command(`MAIL FROM:<${mail.from}>`, 250)
    yield* Effect.forEach(mail.to, address => command(`RCPT TO:<${address}>`, 250))
    yield* command("DATA", 354)
    yield* socket.sendText(dotted(mail.text))
    const taken = yield* answered("the mail", 250)
    // The server has accepted the mail, so an error of QUIT does not matter.
    yield* Effect.ignore(command("QUIT", 221))
    return taken.lines.join(" ")
  })

/** Sends a mail. Returns the text with which the server accepted it. Each receive has a timeout of 5 minutes (RFC 5321). */
export const program = (server: Network.Target, mail: Mail) =>
  Network.withConnection(server, socket => send(socket, mail), { timeouts: { recvTimeout: "5 minutes" } })
