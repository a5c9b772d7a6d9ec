/** The head of a response: its status line and its headers, up to the empty line. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Socket } from "effect-sockets"

/** What came is no HTTP, or none that we know. */
export class BadResponse extends Data.TaggedError("BadResponse")<{ readonly what: string }> {
  override get message() {
    return `bad response: ${this.what}`
  }
}

export interface Head {
  readonly status: number
  readonly reason: string
  /** By their names in small letters; what came more than once is joined by commas. */
  readonly headers: ReadonlyMap<string, string>
}

/** A line, which has to come. */
export const line = (socket: Socket.Socket) =>
  Effect.flatMap(
    socket.recvLine({ encoding: "latin1", limit: 8192 }),
    Option.match({
      onNone: () => new BadResponse({ what: "it ended too early" }),
      onSome: text => Effect.succeed(text)
    })
  )

/** The lines of headers, or of trailers, by name. */
export const fields = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    const found = new Map<string, string>()
    for (let count = 0; count < 100; count++) {
      const text = yield* line(socket)
      if (text === "") return found
      const [, name, value] = /^([!#$%&'*+.^`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(text) ?? []
      if (name === undefined || value === undefined) return yield* new BadResponse({ what: `the header ${text}` })
      const before = found.get(name.toLowerCase())
      found.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`)
    }
    return yield* new BadResponse({ what: "more than 100 headers" })
  })

/** Of the response itself: what a server says before it (`100 Continue`) is passed over. */
export const head = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    while (true) {
      const text = yield* line(socket)
      const [, status, reason = ""] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(text) ?? []
      if (status === undefined) return yield* new BadResponse({ what: `the status line ${text}` })
      const headers = yield* fields(socket)
      if (Number(status) >= 200) return { status: Number(status), reason, headers } satisfies Head
    }
  })
