/** The head of a response: the status line and the headers, up to the empty line. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Socket } from "effect-sockets"

/** The response is not HTTP, or uses a part of HTTP that this example does not support. */
export class BadResponse extends Data.TaggedError("BadResponse")<{ readonly what: string }> {
  override get message() {
    return `bad response: ${this.what}`
  }
}

export interface Head {
  readonly status: number
  readonly reason: string
  /** By name in lower case. Values of repeated headers are joined by commas. */
  readonly headers: ReadonlyMap<string, string>
}

/** Receives a line. Fails if the connection has ended. */
export const line = (socket: Socket.Socket) =>
  Effect.flatMap(
    socket.recvLine({ encoding: "latin1", limit: 8192 }),
    Option.match({
      onNone: () => new BadResponse({ what: "the connection ended too early" }),
      onSome: text => Effect.succeed(text)
    })
  )

/** Receives headers, or trailers, up to the empty line. */
export const fields = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    const found = new Map<string, string>()
    for (let count = 0; count < 100; count++) {
      const text = yield* line(socket)
      if (text === "") return found
      const [, name, value] = /^([!#$%&'*+.^`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(text) ?? []
      if (name === undefined || value === undefined) return yield* new BadResponse({ what: `invalid header ${text}` })
      const before = found.get(name.toLowerCase())
      found.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`)
    }
    return yield* new BadResponse({ what: "more than 100 headers" })
  })

/** Receives the head of the final response. Informational responses before it (`100 Continue`) are skipped. */
export const head = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    while (true) {
      const text = yield* line(socket)
      const [, status, reason = ""] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(text) ?? []
      if (status === undefined) return yield* new BadResponse({ what: `invalid status line ${text}` })
      const headers = yield* fields(socket)
      if (Number(status) >= 200) return { status: Number(status), reason, headers } satisfies Head
    }
  })
