/** The code of docs/guide/tls.md. */
import { assert, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { Network, Server, type Socket, type SocketAddress, SocketError, Tls } from "../../src/index.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as TestCertificates from "../../src/TestCertificates.ts"

// #region client
/** Sends a line and returns the answer. The certificate must be valid for the host of `server`. */
const ask = (server: Network.Target, options?: Tls.ConnectOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const socket = yield* Tls.connect(server, { timeout: "5 seconds", ...options })
      yield* socket.sendText("hello\n")
      return yield* socket.recvLine()
    })
  )
// #endregion

// #region server
const shouting = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (let line = yield* socket.recvLine(); Option.isSome(line); line = yield* socket.recvLine()) {
      yield* socket.sendText(`${line.value.toUpperCase()}\n`)
    }
  })

const server = (address: Network.Target, certificate: Tls.Pem, key: Redacted.Redacted<Tls.Pem>) =>
  Effect.gen(function* () {
    const context = yield* Tls.context({ identity: { certificate, key } })
    const listener = yield* Tls.listen(address, {
      context,
      onHandshakeError: error => Effect.logInfo(error.message)
    })
    return yield* Server.make(listener, shouting)
  })
// #endregion

// #region starttlsClient
/** Asks for TLS in plain text, then continues over TLS. */
const upgraded = (plain: Socket.Socket, options: Tls.ClientOptions) =>
  Effect.gen(function* () {
    yield* plain.sendText("STARTTLS\r\n")
    const answer = yield* plain.recvLine()
    if (!Option.contains(answer, "220 ready")) return yield* Effect.fail("the server offers no TLS" as const)
    return yield* Tls.client(plain, options)
  })
// #endregion

// #region starttlsServer
/** Waits for STARTTLS, then continues over TLS. */
const upgrading = (plain: Socket.Socket, context: Tls.Context) =>
  Effect.gen(function* () {
    const command = yield* plain.recvLine()
    if (!Option.contains(command, "STARTTLS")) return yield* Effect.fail("the client wants no TLS" as const)
    yield* plain.sendText("220 ready\r\n")
    return yield* Tls.server(plain, { context })
  })
// #endregion

// #region clientCertificates
/** Accepts only clients with a certificate that `ca` has signed. Greets each client by the name in its certificate. */
const members = (address: Network.Target, identity: Tls.Identity, ca: Tls.Pem) =>
  Effect.gen(function* () {
    const context = yield* Tls.context({ identity, ca })
    const listener = yield* Tls.listen(address, { context, clientCertificate: "require" })
    return yield* Server.make(listener, socket => {
      const certificate = Option.flatMap(Tls.infoOf(socket), info => info.peerCertificate)
      const [name = "nobody"] = Option.match(certificate, { onNone: () => [], onSome: ({ names }) => names })
      return socket.sendText(`hello ${name}\n`)
    })
  })
// #endregion

// #region reload
/** Reads the certificate again every hour. If it cannot be read or is invalid, the context keeps the old one. */
const renewing = <E, R>(context: Tls.Context, read: Effect.Effect<Tls.Identity, E, R>) =>
  Effect.flatMap(read, identity => Tls.reload(context, identity)).pipe(
    Effect.catchAll(error => Effect.logError("the certificate was not renewed", error)),
    Effect.repeat(Schedule.spaced("1 hour"))
  )
// #endregion

// #region errors
const explained = (server: Network.Target, options?: Tls.ConnectOptions) =>
  ask(server, options).pipe(
    Effect.catchTag("TlsError", error =>
      error.reason === "Expired" || error.reason === "WrongName"
        ? Effect.succeed(Option.some("tell the administrator of the server"))
        : Effect.fail(error)
    )
  )
// #endregion

const portOf = ({ address }: { readonly address: SocketAddress.Resolved }) =>
  `127.0.0.1:${address._tag === "Inet" ? address.port : 0}`

const test = (title: string, effect: Effect.Effect<unknown, unknown, Network.Network | Tls.Tls | Scope.Scope>) =>
  it.scopedLive(title, () => Effect.provide(Effect.provide(effect, NodeTls.layer), NodeNetwork.layer))

const made = Effect.gen(function* () {
  const authority = yield* TestCertificates.authority()
  const identity = yield* authority.issue({ names: ["127.0.0.1"] })
  return { authority, identity, trusting: yield* Tls.context({ ca: authority.certificate }) }
})

test(
  "a client and a server",
  Effect.gen(function* () {
    const { identity, trusting } = yield* made
    const listening = yield* server("127.0.0.1:0", identity.certificate, identity.key)
    const address = portOf(listening)
    assert.deepStrictEqual(yield* ask(address, { context: trusting }), Option.some("HELLO"))
    const error = yield* Effect.flip(explained(address))
    assert.deepInclude(error, { _tag: "TlsError", reason: "Untrusted" })
    const advice = yield* explained(address, { context: trusting, name: "other.test" })
    assert.deepStrictEqual(advice, Option.some("tell the administrator of the server"))
  })
)

test(
  "STARTTLS",
  Effect.gen(function* () {
    const { identity, trusting } = yield* made
    const context = yield* Tls.context({ identity })
    const [plain, accepted] = yield* Network.pair
    const name = "127.0.0.1"
    const both = Effect.zip(upgraded(plain, { name, context: trusting }), upgrading(accepted, context), {
      concurrent: true
    })
    const [client, server] = yield* both
    yield* client.sendText("over TLS\n")
    assert.deepStrictEqual(yield* server.recvLine(), Option.some("over TLS"))
  })
)

test(
  "bytes that follow STARTTLS in plain text make the handshake fail",
  Effect.gen(function* () {
    const { identity } = yield* made
    const context = yield* Tls.context({ identity })
    const [plain, accepted] = yield* Network.pair
    yield* plain.sendText("STARTTLS\r\nRCPT TO:<you@example.org>\r\n")
    const error = yield* Effect.flip(upgrading(accepted, context))
    assert.deepInclude(error, { _tag: "TlsError", reason: "NotTls" })
  })
)

test(
  "client certificates",
  Effect.gen(function* () {
    const { authority, identity, trusting } = yield* made
    const { certificate: ca } = authority
    const address = portOf(yield* members("127.0.0.1:0", identity, ca))
    const person = yield* Tls.context({ ca, identity: yield* authority.issue({ names: ["ada.test"] }) })
    const greeted = (context: Tls.Context) =>
      Effect.scoped(Effect.flatMap(Tls.connect(address, { context }), socket => socket.recvLine()))
    assert.deepStrictEqual(yield* greeted(person), Option.some("hello ada.test"))
    const error = yield* Effect.flip(greeted(trusting))
    assert.deepInclude(error, { _tag: "RecvError", reason: "Rejected" })
  })
)

it.live("a reload changes new connections", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const { authority, identity, trusting } = yield* made
      const context = yield* Tls.context({ identity })
      const listener = yield* Tls.listen("127.0.0.1:0", { context })
      yield* Server.make(listener, shouting)
      const renewed = yield* authority.issue({ names: ["127.0.0.1", "renewed.test"] })
      const names = Effect.scoped(
        Effect.map(Tls.connect(portOf(listener), { context: trusting }), ({ info }) =>
          Option.match(info.peerCertificate, { onNone: () => [], onSome: certificate => certificate.names })
        )
      )
      assert.deepStrictEqual(yield* names, ["127.0.0.1"])
      const read = yield* Deferred.make<Tls.Identity>()
      yield* Effect.forkScoped(renewing(context, Deferred.await(read)))
      yield* Deferred.succeed(read, renewed)
      yield* Effect.sleep("1 second")
      assert.deepStrictEqual(yield* names, ["127.0.0.1", "renewed.test"])
    }).pipe(Effect.scoped, Effect.provide(NodeTls.layer))
  )
)

// #region test
it.live("an expired certificate is refused, and a new one is accepted, without a real network", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const authority = yield* TestCertificates.authority()
      const expired = yield* authority.issue({ names: ["127.0.0.1"], validTo: new Date(2001, 0) })
      const valid = yield* authority.issue({ names: ["127.0.0.1"] })
      const context = yield* Tls.context({ ca: authority.certificate })

      yield* server("127.0.0.1:443", expired.certificate, expired.key)
      const error = yield* Effect.flip(ask("127.0.0.1:443", { context }))
      assert.deepInclude(error, { _tag: "TlsError", reason: "Expired" })

      yield* server("127.0.0.1:444", valid.certificate, valid.key)
      assert.deepStrictEqual(yield* ask("127.0.0.1:444", { context }), Option.some("HELLO"))
    }).pipe(Effect.scoped, Effect.provide(NodeTls.layer))
  )
)

it.live("a server that is silent in the handshake costs 10 seconds", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      yield* Network.listen("127.0.0.1:443")
      const error = yield* Effect.flip(ask("127.0.0.1:443"))
      assert.deepInclude(error, { _tag: "TlsError", reason: "TimedOut", by: "handshakeTimeout" })
      assert.isTrue(SocketError.isTimeout(error) && SocketError.isRetryable(error))
      assert.strictEqual(yield* Clock.currentTimeMillis, 10_000) // simulated: the test takes milliseconds
    }).pipe(Effect.scoped, Effect.provide(NodeTls.layer))
  )
)
// #endregion
