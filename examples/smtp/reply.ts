/** What a mail server answers: a code, and a line of text or several. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Socket } from "effect-sockets"

export interface Reply {
  readonly code: number
  readonly lines: ReadonlyArray<string>
}

/** The server answered something else than it should for things to go on. */
export class Refused extends Data.TaggedError("Refused")<{ readonly command: string; readonly reply: Reply }> {
  override get message() {
    return `${this.command}: ${this.reply.code} ${this.reply.lines.join(" ")}`
  }
}

/** What came is no reply of a mail server. */
export class BadReply extends Data.TaggedError("BadReply")<{ readonly line: string }> {
  override get message() {
    return `no reply of a mail server: ${this.line}`
  }
}

/** A line with a dash after the code is not the last one. */
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
