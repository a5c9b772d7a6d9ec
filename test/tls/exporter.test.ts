/** The secrets that both sides derive from a connection (RFC 5705, RFC 8446 section 7.5). */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Tls from "../../src/Tls.ts"
import { onEachTls, only, secured, versions } from "./kit.ts"

const secretOf = (...[socket, ...rest]: readonly [Tls.TlsSocket, number, string, Uint8Array?]) =>
  Effect.map(socket.exportKeyingMaterial(...rest), secret => Buffer.from(Redacted.value(secret)).toString("hex"))

onEachTls(test => {
  for (const version of versions) {
    test(`exportKeyingMaterial gives both sides the same secret, for each label and context (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { client, server } = yield* secured({ context: only(version) }, { context: only(version) })
        const secrets = new Set<string>()
        for (const label of ["EXPORTER-a", "EXPORTER-b"]) {
          for (const context of [undefined, new Uint8Array([1]), new Uint8Array([2])]) {
            const secret = yield* secretOf(client, 48, label, context)
            assert.strictEqual(secret, yield* secretOf(server, 48, label, context))
            assert.strictEqual(secret.length, 96)
            secrets.add(secret)
          }
        }
        assert.strictEqual(secrets.size, 6)
      }))
  }

  test("exportKeyingMaterial differs between connections, and prints as redacted", () =>
    Effect.gen(function* () {
      const one = yield* secured()
      const other = yield* secured()
      const label = "EXPORTER-a"
      assert.notStrictEqual(yield* secretOf(one.client, 32, label), yield* secretOf(other.client, 32, label))
      assert.strictEqual(String(yield* one.client.exportKeyingMaterial(32, label)), "<redacted>")
    }))

  test("exportKeyingMaterial of a closed socket, or with a length of 0, fails with TlsConfigError", () =>
    Effect.gen(function* () {
      const { client } = yield* secured()
      const error = yield* Effect.flip(client.exportKeyingMaterial(0, "EXPORTER-a"))
      assert.strictEqual(error._tag, "TlsConfigError")
      yield* client.close
      assert.strictEqual((yield* Effect.flip(client.exportKeyingMaterial(32, "EXPORTER-a")))._tag, "TlsConfigError")
    }))
})
