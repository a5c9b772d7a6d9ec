/** The public key in a certificate. */
import * as crypto from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { publicKeyIn } from "../../../src/internal/nodeTls/der.ts"
import * as TestCertificates from "../../../src/TestCertificates.ts"
import { selfSigned } from "../../tls/kit.ts"

/** Its key is an elliptic curve, and it has no version and no extensions. It is valid until 2126. */
const version1 = `-----BEGIN CERTIFICATE-----
MIIBFjCBvQIUe5yGlxnY0zSVmWqIWm6aKnbVKXkwCgYIKoZIzj0EAwIwDTELMAkG
A1UEAwwCdjEwIBcNMjYxMjAxMDY1NTQwWhgPMjEyNjExMDcwNjU1NDBaMA0xCzAJ
BgNVBAMMAnYxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWB3hPM86Pghk6fdp
9QXgAmwZ20ZMPQixWRIZ3dfY2xmUK/orNc20AFSC54UtpX8TTZC0AVlF1uiJ8WpD
YzpG+jAKBggqhkjOPQQDAgNIADBFAiEAx0/nxT79lfbHFaJem3RwUBq4C9PaW2Ty
BqrwbGXLAxsCIAjPx1eM0NHbbf1SEIAxvLrllPNXAH8iZY2mPjeH4ETS
-----END CERTIFICATE-----`

const authority = Effect.runSync(TestCertificates.authority())
const manyNames = Array.from({ length: 500 }, (_, n) => `host${n}.example`)

const certificates = {
  "of version 1": version1,
  "with an Ed25519 key": selfSigned.certificate,
  "with an RSA key": authority.certificate,
  "with 500 names": Effect.runSync(authority.issue({ names: manyNames })).certificate
}

describe("publicKeyIn", () => {
  for (const [kind, certificate] of Object.entries(certificates)) {
    it(`returns the public key of a certificate ${kind}, as Node exports it`, () => {
      const { publicKey, raw } = new crypto.X509Certificate(String(certificate))
      assert.deepStrictEqual(Buffer.from(publicKeyIn(raw)), publicKey.export({ type: "spki", format: "der" }))
    })
  }
})
