/** Layers of the engine with a context of their own. */
import * as crypto from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import * as Socket from "../../src/Socket.ts"
import * as Tls from "../../src/Tls.ts"
import { authority, both, identity, issue, untrusted } from "./kit.ts"

const handshakes = Effect.flatMap(Network.pair, ([a, b]) => both(Tls.client(a, { name: "localhost" }), Tls.server(b)))

const layerOf = (values: ReadonlyArray<readonly [string, string]>) =>
  NodeTls.layerConfig({
    ca: Config.string("CA"),
    identity: { certificate: Config.string("CERTIFICATE"), key: Config.redacted("KEY") }
  }).pipe(Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(values)))))

const values = [
  ["CA", authority.certificate],
  ["CERTIFICATE", identity.certificate],
  ["KEY", Redacted.value(identity.key)]
] as const

describe("what the handshake negotiated", () => {
  it.scopedLive("is known for the socket, also with other timeouts, and not for a plain socket", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      const [client] = yield* both(Tls.client(a, { name: "localhost" }), Tls.server(b))
      const socket = Either.getOrThrow(client)
      assert.deepStrictEqual(Tls.infoOf(socket), Option.some(socket.info))
      const timed = Socket.withTimeouts(socket, { recvTimeout: "1 second" })
      assert.deepStrictEqual(Tls.infoOf(timed), Option.some(socket.info))
      assert.deepStrictEqual(Tls.infoOf(a), Option.none())
    }).pipe(Effect.provide([NodeTls.layerWith({ ca: authority.certificate, identity }), NodeNetwork.layer]))
  )
})

describe("a certificate of the test authority", () => {
  it("has IP addresses as node:crypto reads them, also IPv6 with an IPv4 tail", () => {
    const addresses = ["127.0.0.1", "::1", "2001:db8::7", "::ffff:1.2.3.4", "fe80::1:2.3.4.5", "1:2:3:4:5:6:7:8"]
    const x509 = new crypto.X509Certificate(issue({ names: addresses }).certificate)
    for (const address of addresses) assert.isDefined(x509.checkIP(address), `${address} in ${x509.subjectAltName}`)
  })
})

describe("a layer of the engine", () => {
  it.scopedLive("with options gives its context to clients and servers that have none of their own", () =>
    Effect.gen(function* () {
      const [client, server] = yield* handshakes
      assert.isTrue(Either.isRight(client) && Either.isRight(server))
    }).pipe(Effect.provide([NodeTls.layerWith({ ca: authority.certificate, identity }), NodeNetwork.layer]))
  )

  it.scopedLive("leaves a context alone that a client has", () =>
    Effect.gen(function* () {
      const context = yield* Tls.context({ ca: untrusted.certificate })
      const [a, b] = yield* Network.pair
      const [client] = yield* both(Tls.client(a, { name: "localhost", context }), Tls.server(b))
      assert.strictEqual(Either.isLeft(client) && client.left._tag === "TlsError" && client.left.reason, "Untrusted")
    }).pipe(Effect.provide([NodeTls.layerWith({ ca: authority.certificate, identity }), NodeNetwork.layer]))
  )

  it.scopedLive("without options has no identity, so a server needs a context", () =>
    Effect.gen(function* () {
      const [socket] = yield* Network.pair
      const error = yield* Effect.flip(Tls.server(socket))
      assert.deepInclude(error, { _tag: "TlsConfigError", reason: "MissingCertificate" })
    }).pipe(Effect.provide([NodeTls.layer, NodeNetwork.layer]))
  )

  it.scopedLive("can be read from the configuration", () =>
    Effect.gen(function* () {
      const [client, server] = yield* handshakes
      assert.isTrue(Either.isRight(client) && Either.isRight(server))
    }).pipe(Effect.provide([layerOf(values), NodeNetwork.layer]))
  )

  it.scopedLive("fails if a value is missing from the configuration, or if an option is wrong", () =>
    Effect.gen(function* () {
      const missing = yield* Effect.flip(Layer.build(layerOf(values.slice(0, 2))))
      assert.include(String(missing), "Missing data at KEY")
      const key = Redacted.value(issue().key)
      const wrong = yield* Effect.flip(Layer.build(layerOf([...values.slice(0, 2), ["KEY", key]])))
      assert.deepInclude(wrong, { _tag: "TlsConfigError", reason: "KeyMismatch" })
      assert.notInclude(String(wrong) + JSON.stringify(wrong), "PRIVATE")
    })
  )
})
