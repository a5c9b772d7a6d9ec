/** HTTP GET over a socket: sends a request, and receives the head and the body of the response. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Network } from "effect-sockets"
import { body } from "./body.ts"
import { BadResponse, head } from "./head.ts"

/** The request for a URL. A `URL` contains no spaces and no line ends, so it cannot contain a second request. */
const request = ({ host, pathname, search }: URL) =>
  `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

/** Sends a request and receives the head. Read the body before the Scope closes, because that closes the connection. */
export const get = (url: URL) =>
  Effect.gen(function* () {
    if (url.protocol !== "http:") return yield* new BadResponse({ what: `${url} is not an http: URL` })
    // The host of a URL such as `http://[::1]/` is in brackets, but the address must not be.
    const server = { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || "80") }
    const socket = yield* Network.connect(server, { timeout: "10 seconds", timeouts: { recvTimeout: "30 seconds" } })
    yield* socket.sendText(request(url), "ascii")
    const found = yield* head(socket)
    return { ...found, body: body(socket, found) }
  })

/** Receives a whole response. Passes each piece of the body to `write` and returns the head. */
export const program = <E, R>(url: URL, write: (piece: Uint8Array) => Effect.Effect<void, E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { body, ...head } = yield* get(url)
      yield* Stream.runForEach(body, write)
      return head
    })
  )
