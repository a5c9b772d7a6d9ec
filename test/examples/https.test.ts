/** The example `https`, against a server of this library and against the HTTPS server of Node. */
import * as https from "node:https"
import type * as net from "node:net"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type Network, Server, type Socket, Tls } from "effect-sockets"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as NodeTls from "effect-sockets/NodeTls"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as TestCertificates from "effect-sockets/TestCertificates"
import { program } from "../../examples/https/get.ts"

type Needed = Network.Network | Tls.Tls | Scope.Scope

const onBoth = (title: string, effect: Effect.Effect<unknown, unknown, Needed>) => {
  const run = Effect.scoped(Effect.provide(effect, NodeTls.layer))
  it.live(`${title}: simulated`, () => SimulatedNetwork.run(run))
  it.live(`${title}: over TCP`, () => Effect.provide(run, NodeNetwork.layer))
}

/** An authority, and a server certificate for 127.0.0.1 that it has signed. */
const certified = Effect.gen(function* () {
  const authority = yield* TestCertificates.authority()
  const identity = yield* authority.issue({ names: ["127.0.0.1"] })
  return { identity, context: yield* Tls.context({ ca: authority.certificate }) }
})

/** Fetches a page with the text of its body. `answer` is the server after the request. */
const fetched = (answer: (socket: Socket.Socket) => Effect.Effect<void, unknown>) =>
  Effect.gen(function* () {
    const { context, identity } = yield* certified
    const own = yield* Tls.context({ identity, alpn: ["http/1.1"] })
    const listener = yield* Tls.listen("127.0.0.1:0", { context: own })
    const handler = (socket: Socket.Socket) =>
      Effect.zipRight(socket.recvUntil("\r\n\r\n"), Effect.orDie(answer(socket)))
    yield* Effect.forkScoped(Server.serve(listener, handler))
    const port = listener.address._tag === "Inet" ? listener.address.port : 0
    return yield* fetch(`https://127.0.0.1:${port}/a?b=c`, context)
  })

const fetch = (url: string, context?: Tls.Context) =>
  Effect.gen(function* () {
    const pieces: Array<Uint8Array> = []
    const head = yield* program(new URL(url), piece => Effect.sync(() => void pieces.push(piece)), context)
    return { ...head, text: Buffer.concat(pieces).toString() }
  })

const unlimited = "HTTP/1.1 200 OK\r\n\r\nhello"

onBoth(
  "a body that ends with the connection",
  Effect.gen(function* () {
    const { status, text, tls } = yield* fetched(socket => socket.sendText(unlimited))
    assert.deepStrictEqual([status, text, tls.version, tls.alpn], [200, "hello", "1.3", tls.alpn])
    assert.deepInclude(tls.alpn, { value: "http/1.1" })
  })
)

onBoth(
  "a server that resets in the body is an error, not a short body",
  Effect.gen(function* () {
    const error = yield* Effect.flip(fetched(socket => Effect.zipRight(socket.sendText(unlimited), socket.abort)))
    assert.deepInclude(error, { _tag: "RecvError", reason: "Reset" })
  })
)

onBoth(
  "a certificate of an unknown authority is an error before the request is sent",
  Effect.gen(function* () {
    const { identity } = yield* certified
    const listener = yield* Tls.listen("127.0.0.1:0", { context: yield* Tls.context({ identity }) })
    const port = listener.address._tag === "Inet" ? listener.address.port : 0
    const error = yield* Effect.flip(fetch(`https://127.0.0.1:${port}/`))
    assert.deepInclude(error, { _tag: "TlsError", reason: "Untrusted" })
  })
)

it.scopedLive("a chunked body of the HTTPS server of Node", () =>
  Effect.gen(function* () {
    const { context, identity } = yield* certified
    const server = yield* Effect.acquireRelease(
      Effect.async<https.Server>(resume => {
        const options = { cert: identity.certificate, key: Redacted.value(identity.key) }
        const server = https.createServer(options, (request, response) => {
          response.write(`${request.method} `)
          response.end(request.url)
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      server => Effect.sync(() => server.close())
    )
    const { port } = server.address() as net.AddressInfo
    const { headers, text } = yield* fetch(`https://127.0.0.1:${port}/a?b=c`, context)
    assert.deepStrictEqual([headers.get("transfer-encoding"), text], ["chunked", "GET /a?b=c"])
  }).pipe(Effect.provide(NodeTls.layer), Effect.provide(NodeNetwork.layer))
)
