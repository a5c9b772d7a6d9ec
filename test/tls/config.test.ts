/** Wrong options of TLS fail with a `TlsConfigError` before a connection is made. Node accepts some of them silently. */
import * as crypto from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import * as Tls from "../../src/Tls.ts"
import { authority, type Client, clientOn, identity, issue, serverOn } from "./kit.ts"

const keyOf = ({ key }: Tls.Identity): string => Redacted.value(key)

const encrypted = (passphrase: string): Redacted.Redacted<string> =>
  Redacted.make(
    String(
      crypto
        .createPrivateKey(keyOf(identity))
        .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })
    )
  )

const { certificate, key } = identity
const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

const contexts: ReadonlyArray<
  readonly [title: string, options: Tls.ContextOptions, reason: Tls.TlsConfigReason, says: string]
> = [
  ["a ca that is no PEM text", { ca: "x" }, "BadAuthority", "ca is not a valid PEM text"],
  ["an empty ca", { ca: "" }, "BadAuthority", "ca is not a valid PEM text"],
  ["a ca with a broken certificate", { ca: [authority.certificate, broken] }, "BadAuthority", "ca is not a valid"],
  ["a ca with a private key", { ca: keyOf(identity) }, "BadAuthority", "ca is not a valid PEM text"],
  [
    "a certificate that is no PEM text",
    { identity: { certificate: "x", key } },
    "BadCertificate",
    "the certificate is"
  ],
  ["a broken certificate", { identity: { certificate: broken, key } }, "BadCertificate", "the certificate is not"],
  [
    "a broken intermediate certificate",
    { identity: { certificate: certificate + broken, key } },
    "BadCertificate",
    "the certificate is not"
  ],
  ["a key that is no PEM text", { identity: { certificate, key: Redacted.make("x") } }, "BadKey", "the private key is"],
  [
    "a certificate in place of a key",
    { identity: { certificate, key: Redacted.make(certificate) } },
    "BadKey",
    "key is"
  ],
  [
    "a key of another certificate",
    { identity: { certificate, key: issue().key } },
    "KeyMismatch",
    "does not belong to"
  ],
  ["a certificate without a key", { identity: { certificate } as Tls.Identity }, "MissingKey", "needs its private key"],
  ["a key without a certificate", { identity: { key } as Tls.Identity }, "MissingCertificate", "set identity"],
  ["an encrypted key without a passphrase", { identity: { certificate, key: encrypted("a") } }, "BadKey", "passphrase"],
  [
    "an encrypted key with a wrong passphrase",
    { identity: { certificate, key: encrypted("a"), passphrase: Redacted.make("b") } },
    "BadPassphrase",
    "does not decrypt"
  ],
  ["ciphers that do not exist", { ciphers: "NONSENSE" }, "BadCiphers", "no cipher of this machine"],
  ["a version that does not exist", { minVersion: "1.4" as Tls.Version }, "BadVersions", 'not "1.4"'],
  ["a version that is too old", { minVersion: "1.1" as Tls.Version }, "BadVersions", "must be 1.2 or 1.3"],
  ["a minVersion above the maxVersion", { minVersion: "1.3", maxVersion: "1.2" }, "BadVersions", "1.3 to 1.2"],
  ["an empty list of protocols", { alpn: [] as never }, "BadAlpn", "at least one protocol"],
  ["an empty protocol", { alpn: [""] }, "BadAlpn", "1 to 255 bytes"],
  ["a protocol of 256 bytes", { alpn: ["h2", "a".repeat(256)] }, "BadAlpn", "1 to 255 bytes"],
  ["a protocol of 86 characters of 3 bytes", { alpn: ["€".repeat(86)] }, "BadAlpn", "1 to 255 bytes"],
  ["protocols that are no list", { alpn: Buffer.from([9, 1]) as never }, "BadAlpn", "1 to 255 bytes"]
]

const clients: ReadonlyArray<readonly [title: string, options: Client, reason: Tls.TlsConfigReason, says: string]> = [
  ["no name", { name: undefined as never }, "BadName", "name must be a host name or an IP address"],
  ["an empty name", { name: "" }, "BadName", "name must be a host name or an IP address"],
  ["a name with a NUL", { name: "localhost\0.evil.test" }, "BadName", "name must be a host name"],
  ["a name that begins with a dot", { name: ".corp.test" }, "BadName", "name must be a host name"],
  ["a name that is only a dot", { name: "." }, "BadName", "name must be a host name"],
  ["a name that has no ASCII form", { name: "xn--\u{1f4a9}.\u{fffd}" }, "BadName", "name must be a host name"],
  ["a name with a space", { name: "local host" }, "BadName", "name must be a host name"],
  ["a name of 300 characters", { name: "a".repeat(300) }, "BadName", "name must be a host name"],
  ["an empty protocol", { alpn: [""] }, "BadAlpn", "1 to 255 bytes"],
  ["a protocol of 256 bytes", { alpn: ["a".repeat(256)] }, "BadAlpn", "1 to 255 bytes"],
  ["a pin in hexadecimal", { pins: ["ab".repeat(32)] }, "BadPin", "44 characters"],
  ["a pin that is no text", { pins: [1 as never] }, "BadPin", "44 characters"]
]

const provided = Effect.provide([NodeTls.layer, NodeNetwork.layer])

const [, secret = ""] = keyOf(identity).split("\n")

const check = <A, E extends { readonly _tag: string }>(
  effect: Effect.Effect<A, E, never>,
  reason: Tls.TlsConfigReason,
  says: string
) =>
  Effect.gen(function* () {
    const error = (yield* Effect.flip(effect)) as unknown as Tls.TlsConfigError
    assert.deepStrictEqual([error._tag, error.reason], ["TlsConfigError", reason])
    assert.match(error.message, /^tls: /)
    assert.include(error.message, says)
    assert.notInclude(JSON.stringify(error) + String(error.cause), secret, "no secret")
  })

describe("a context is refused", () => {
  for (const [title, options, reason, says] of contexts) {
    it.live(`with ${title}`, () => check(provided(Tls.context(options)), reason, says))
  }

  it.live("by reload too, and then it keeps the identity that it has", () =>
    Effect.gen(function* () {
      const context = yield* Tls.context({ identity })
      yield* check(provided(Tls.reload(context, { certificate, key: issue().key })), "KeyMismatch", "does not belong")
      yield* Tls.reload(context, identity)
    }).pipe(provided)
  )
})

describe("a context is accepted", () => {
  const accepted: Readonly<Record<string, Tls.ContextOptions>> = {
    "with no options": {},
    "with an encrypted key and its passphrase": {
      identity: { certificate, key: encrypted("a"), passphrase: Redacted.make("a") }
    },
    "with a protocol of 255 bytes": { alpn: ["a".repeat(255)] },
    "with no authorities, and trusts nobody": { ca: [] },
    "with two certificates in one text": { ca: authority.certificate + issue().certificate }
  }
  for (const [title, options] of Object.entries(accepted)) {
    it.live(title, () => provided(Tls.context(options)))
  }
})

describe("a handshake does not begin", () => {
  for (const [title, options, reason, says] of clients) {
    it.scopedLive(`at a client with ${title}`, () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* check(clientOn(a, options).pipe(Effect.scoped, provided), reason, says)
        // The plain socket is still usable.
        yield* a.sendText("plain")
        assert.strictEqual(new TextDecoder().decode(yield* b.recvExactly(5)), "plain")
      }).pipe(provided)
    )
  }

  // Without a name, `Tls.connect` takes the host of the target.
  for (const [title, options, reason, says] of clients.filter(([title]) => title !== "no name")) {
    it.scopedLive(`at Tls.connect with ${title}, which does not connect`, () =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const { context: _, ...rest } = options
        const connecting = Tls.connect(listener.address, { name: "localhost", ...rest })
        yield* check(connecting.pipe(Effect.scoped, provided), reason, says)
        assert.strictEqual((yield* listener.stats).accepted + (yield* listener.stats).queued, 0)
      }).pipe(provided)
    )
  }

  it.scopedLive("at a server without an identity", () =>
    Effect.gen(function* () {
      const [a] = yield* Network.pair
      const server = serverOn(a, { context: { identity: undefined } })
      yield* check(server.pipe(Effect.scoped, provided), "MissingCertificate", "set identity")
    }).pipe(provided)
  )

  it.scopedLive("at a listener without an identity", () =>
    Effect.gen(function* () {
      const context = yield* Tls.context({})
      const listening = Tls.listen(SocketAddress.unsafeInet("127.0.0.1", 0), { context })
      yield* check(listening.pipe(Effect.scoped, provided), "MissingCertificate", "set identity")
    }).pipe(provided)
  )
})
