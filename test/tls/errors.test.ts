/** The errors of handshakes between two sides that do not agree. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { agreed, certificates, clients, parameters, type Row, servedBy, trustedClient, wants } from "./disagreements.ts"
import { cut, errorIn, issue, meet, onEachTls, only, outcomesOf, secured, untrusted, versions } from "./kit.ts"

onEachTls(test => {
  const table = (who: string, rows: ReadonlyArray<Row>) => {
    for (const { client, on = versions, outcomes, says, server, title } of rows) {
      for (const version of on) {
        test(`${who}${title} (TLS ${version})`, () =>
          Effect.gen(function* () {
            const atClient = { ...client, context: { ...only(version), ...client?.context } }
            const atServer = { ...server, context: { ...only(version), ...server?.context } }
            const sides = yield* meet(atClient, atServer)
            assert.deepStrictEqual(yield* outcomesOf(sides), outcomes)
            for (const [at, side] of (["client", "server"] as const).entries()) {
              const part = says?.[at]
              if (part === undefined) continue
              const { message } = errorIn(sides[at]!)
              assert.match(message, new RegExp(`^tls ${side} [^ ]+:\\d+( \\([^ ]+\\))?: `))
              assert.include(message, part)
            }
          }))
      }
    }
  }

  table("a client ", certificates)
  table("", parameters)
  table("a server ", clients)

  const pinOf = Effect.map(secured(), ({ client }) => Option.getOrThrow(client.info.peerCertificate).pin)
  const other = Buffer.alloc(32).toString("base64")

  test("a client accepts a public key that matches one of its pins", () =>
    Effect.gen(function* () {
      const pin = yield* pinOf
      assert.deepStrictEqual(yield* outcomesOf(yield* meet({ pins: [other, pin] })), agreed)
    }))

  test("a client refuses a public key that matches no pin, and its error has the pin of the key", () =>
    Effect.gen(function* () {
      const pin = yield* pinOf
      for (const pins of [[other], []]) {
        const sides = yield* meet({ pins })
        assert.deepStrictEqual(yield* outcomesOf(sides), ["PinMismatch", cut])
        assert.include(errorIn(sides[0]).message, `matches no pin; its pin is ${pin}`)
      }
    }))

  test("a certificate with a pinned key must also be valid", () =>
    Effect.gen(function* () {
      const pins = [yield* pinOf]
      const sides = yield* meet({ pins, context: { ca: untrusted.certificate } })
      assert.deepStrictEqual(yield* outcomesOf(sides), ["Untrusted", cut])
    }))

  for (const [name, sent] of [
    ["127.0.0.1", Option.none()],
    ["::1", Option.none()],
    ["localhost", Option.some("localhost")]
  ] as const) {
    test(`a client verifies the name ${name} and sends ${Option.isSome(sent) ? "it" : "no name"} to the server`, () =>
      Effect.gen(function* () {
        const { server } = yield* secured({ name })
        assert.deepStrictEqual(server.info.serverName, sent)
      }))
  }

  test("the error of a refused certificate has the certificate", () =>
    Effect.gen(function* () {
      const [client] = yield* meet({}, servedBy(issue({}, untrusted)))
      const { certificate } = errorIn(client)
      assert.deepStrictEqual(certificate?.names, ["localhost"])
      assert.strictEqual(certificate?.issuer, "CN=Unknown authority")
    }))

  test("a server that requires a client certificate has it as data", () =>
    Effect.gen(function* () {
      const { server } = yield* secured(trustedClient, wants)
      assert.deepStrictEqual(
        Option.map(server.info.peerCertificate, ({ names }) => names),
        Option.some(["client.test"])
      )
    }))

  test("an error prints as TlsError, and has the name that the client wanted to verify", () =>
    Effect.gen(function* () {
      const error = errorIn((yield* meet({ name: "wanted.test" }))[0])
      assert.match(String(error), /^TlsError: tls client /)
      assert.strictEqual(error.serverName, "wanted.test")
    }))
})
