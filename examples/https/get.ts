/** HTTPS GET: sends a request over TLS, and receives the head and the body of the response. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Tls } from "effect-sockets"
import { body } from "../http/body.ts"
import { BadResponse, head } from "../http/head.ts"

/** The request for a URL. A `URL` contains no spaces and no line ends, so it cannot contain a second request. */
const request = ({ host, pathname, search }: URL) =>
  `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

/**
 * Sends a request and receives the head. The certificate of the server must be valid for the host of the URL. Read the
 * body before the Scope closes, because that closes the connection.
 */
export const get = (url: URL, context?: Tls.Context) =>
  Effect.gen(function* () {
    if (url.protocol !== "https:") return yield* new BadResponse({ what: `${url} is not an https: URL` })
    // The host of a URL such as `https://[::1]/` is in brackets, but the address must not be.
    const server = { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || "443") }
    const socket = yield* Tls.connect(server, {
      context,
      alpn: ["http/1.1"],
      timeout: "10 seconds",
      timeouts: { recvTimeout: "30 seconds" }
    })
    yield* socket.sendText(request(url), "ascii")
    const found = yield* head(socket)
    // A body without a length ends with the connection. If the connection is cut, the stream fails with `Truncated`.
    return { ...found, tls: socket.info, body: body(socket, found) }
  })

/** Receives a whole response. Passes each piece of the body to `write` and returns the head. */
export const program = <E, R>(
  url: URL,
  write: (piece: Uint8Array) => Effect.Effect<void, E, R>,
  context?: Tls.Context
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { body, ...head } = yield* get(url, context)
      yield* Stream.runForEach(body, write)
      return head
    })
  )
