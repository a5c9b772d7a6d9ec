/** Hands a mail over to a server: SMTP, without TLS and passwords, as to a server on the same machine. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { Network, type Socket } from "effect-sockets"
import { Refused, reply } from "./reply.ts"

export interface Mail {
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** Headers, an empty line and a text. */
  readonly text: string
}

/** No address that could be sent: a server might take what comes after an end of line in it for another command. */
export class BadAddress extends Data.TaggedError("BadAddress")<{ readonly address: string }> {
  override get message() {
    return `no mail address: ${JSON.stringify(this.address)}`
  }
}

/** Each line with its end; a dot at the beginning of one is doubled, for a dot alone is the end of it all. */
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
    // It is the server's now, whatever becomes of the good-bye.
    yield* Effect.ignore(command("QUIT", 221))
    return taken.lines.join(" ")
  })

/** What the server said when it took the mail. It may take 5 minutes for each answer, as the RFC allows it. */
export const program = (server: Network.Target, mail: Mail) =>
  Network.withConnection(server, socket => send(socket, mail), { timeouts: { recvTimeout: "5 minutes" } })
