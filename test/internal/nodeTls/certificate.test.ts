/** What is read from the certificate of a peer, and from the errors of Node. */
import * as crypto from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { certificateOf } from "../../../src/internal/nodeTls/certificate.ts"
import { alertOf } from "../../../src/internal/nodeTls/errors.ts"
import { issue } from "../../tls/kit.ts"

/**
 * A certificate without a DNS name. Its alternative names are a directory name (`CN=hello, DNS:root.test`), another name
 * (`DNS:admin.test`), an email address and a URI.
 */
const tricky = `-----BEGIN CERTIFICATE-----
MIIB8DCCAZWgAwIBAgIUA4M8ya0Vgu9F0Bsw6tWM/Xo9YaowCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHVGVzdCBDQTAeFw0yNjEyMDExMTEwNTVaFw0yNjEyMTExMTEw
NTVaMBIxEDAOBgNVBAMMB21hbGxvcnkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAS5H5UzwnHO8oT5BG9qB/Zw0HDhjQ4WzKOnKRgBeWS1MqK3UG5SRqtZazHc/KZS
8095qXvupE/I0mQYCMd+rxhIo4HIMIHFMAkGA1UdEwQCMAAwEwYDVR0lBAwwCgYI
KwYBBQUHAwIwYwYDVR0RBFwwWqQhMB8xHTAbBgNVBAMMFGhlbGxvLCBETlM6cm9v
dC50ZXN0oB4GCisGAQQBgjcUAgOgEAwORE5TOmFkbWluLnRlc3SBCmJvYkB4LnRl
c3SGCWJvc3MudGVzdDAdBgNVHQ4EFgQU2kVWF6rCupoeiQB+NddurFNXzAAwHwYD
VR0jBBgwFoAUqVe0LjaATgPzV7RHaYqooU+EV5QwCgYIKoZIzj0EAwIDSQAwRgIh
AM6JEIn/4JwSq26X4I/W4UjOdO0LxnfFIwxQIeTj564JAiEA6zUNfJTwBoxRExrF
d3EAsv2LcGnco3S67rgLRAE8MSY=
-----END CERTIFICATE-----
`

const namesOf = (pem: string) => certificateOf(new crypto.X509Certificate(pem)).names

describe("the names of a certificate", () => {
  it("are its DNS names and IP addresses", () => {
    const names = ["a.test", "*.b.test", "127.0.0.1", "2001:db8::7"]
    const shown = ["a.test", "*.b.test", "127.0.0.1", "2001:DB8:0:0:0:0:0:7"]
    assert.deepStrictEqual(namesOf(issue({ names }).certificate), shown)
  })

  it("are not texts in names of other kinds that look like DNS names", () => {
    assert.include(new crypto.X509Certificate(tricky).subjectAltName ?? "", "DNS:root.test")
    assert.deepStrictEqual(namesOf(tricky), [])
  })

  it("with a comma or a quotation mark are whole", () => {
    assert.deepStrictEqual(namesOf(issue({ names: ['a, DNS:"b.test', "c.test"] }).certificate), [
      'a, DNS:"b.test',
      "c.test"
    ])
  })
})

describe("the alert of a peer", () => {
  for (const [code, alert] of [
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "UNKNOWN_CA"],
    ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "HANDSHAKE_FAILURE"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "CERTIFICATE_REQUIRED"],
    ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "HANDSHAKE_FAILURE"],
    ["ERR_SSL_UNKNOWN_ALERT_TYPE", undefined],
    ["ERR_SSL_TOO_MANY_WARN_ALERTS", undefined],
    [undefined, undefined]
  ] as const) {
    it(`of the code ${code} is ${alert}`, () => {
      assert.strictEqual(alertOf(code), alert)
    })
  }
})
