/** HTTP GET, over a socket: a request, the head of its response, and the body as it comes. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Network } from "effect-sockets"
import { body } from "./body.ts"
import { BadResponse, head } from "./head.ts"

/** A URL has no spaces and no ends of lines, so that nobody can make two requests of it. `[::1]` is an address in brackets. */
const request = ({ host, pathname, search }: URL) =>
  `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

/** The response. Its connection is open as long as the Scope is: the body is to be read before that. */
export const get = (url: URL) =>
  Effect.gen(function* () {
    if (url.protocol !== "http:") return yield* new BadResponse({ what: `${url} is not of HTTP` })
    const server = { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || "80") }
    const socket = yield* Network.connect(server, { timeout: "10 seconds", timeouts: { recvTimeout: "30 seconds" } })
    yield* socket.sendText(request(url), "ascii")
    const found = yield* head(socket)
    return { ...found, body: body(socket, found) }
  })

/** The whole response, each piece of whose body goes to `write` as it comes. */
export const program = <E, R>(url: URL, write: (piece: Uint8Array) => Effect.Effect<void, E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { body, ...head } = yield* get(url)
      yield* Stream.runForEach(body, write)
      return head
    })
  )
