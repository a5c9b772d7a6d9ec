/** The reply of a mail server: a code and one or more lines of text. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Socket } from "effect-sockets"

export interface Reply {
  readonly code: number
  readonly lines: ReadonlyArray<string>
}

/** The server answered a command with another code than expected. */
export class Refused extends Data.TaggedError("Refused")<{ readonly command: string; readonly reply: Reply }> {
  override get message() {
    return `${this.command}: ${this.reply.code} ${this.reply.lines.join(" ")}`
  }
}

/** The received line is not a reply of a mail server. */
export class BadReply extends Data.TaggedError("BadReply")<{ readonly line: string }> {
  override get message() {
    return `not a reply of a mail server: ${this.line}`
  }
}

/** Receives a reply. A dash after the code means that more lines follow. */
export const reply = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    while (lines.length < 100) {
      const line = Option.getOrElse(yield* socket.recvLine({ limit: 1024 }), () => "")
      const [, code, more, text = ""] = /^([2-5]\d\d)(?:([ -])(.*))?$/.exec(line) ?? []
      if (code === undefined) return yield* new BadReply({ line })
      lines.push(text)
      if (more !== "-") return { code: Number(code), lines } satisfies Reply
    }
    return yield* new BadReply({ line: "more than 100 lines" })
  })

/** Receives a reply, which must have this code. */
export const answered = (socket: Socket.Socket, command: string, code: number) =>
  Effect.filterOrFail(
    reply(socket),
    reply => reply.code === code,
    reply => new Refused({ command, reply })
  )

/** Sends a command and receives its reply, which must have this code. */
export const command = (socket: Socket.Socket, text: string, code: number) =>
  Effect.zipRight(socket.sendText(`${text}\r\n`, "ascii"), answered(socket, text, code))
