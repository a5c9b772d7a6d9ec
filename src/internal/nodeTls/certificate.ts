/**
 * Converts the certificate of a peer from Node's format.
 *
 * @internal
 */
import * as crypto from "node:crypto"
import * as DateTime from "effect/DateTime"
import type { Certificate } from "../tls/index.ts"
import { publicKeyIn } from "./der.ts"

/** One name in the text of all names: its kind, and its value, which may be in quotation marks. */
const oneName = /(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,]*)/gy

/**
 * Returns the DNS names and IP addresses in a text such as `DNS:a.test, IP Address:127.0.0.1`. Names of other kinds may
 * contain such texts, and some authorities let users choose them.
 */
const namesIn = (subjectAltName: string | undefined): ReadonlyArray<string> =>
  [...(subjectAltName ?? "").matchAll(oneName)].flatMap(([, kind, name = ""]) => {
    if (kind !== "DNS" && kind !== "IP Address") return []
    try {
      return [name.startsWith('"') ? String(JSON.parse(name)) : name]
    } catch {
      return [name]
    }
  })

export const certificateOf = (x509: crypto.X509Certificate): Certificate => {
  const raw = new Uint8Array(x509.raw)
  return {
    names: namesIn(x509.subjectAltName),
    subject: x509.subject ?? "",
    issuer: x509.issuer ?? "",
    validFrom: timeOf(x509.validFrom),
    validTo: timeOf(x509.validTo),
    serialNumber: x509.serialNumber,
    fingerprint: x509.fingerprint256,
    pin: pinOf(raw),
    raw
  }
}

/** Reads a time of a certificate. If the text is not a valid time, returns the epoch: 1970-01-01. */
const timeOf = (text: string): DateTime.Utc => DateTime.unsafeMake(new Date(text).getTime() || 0)

/** Hashes the public key as it stands in the certificate. An export of the key by Node would take ten times as long. */
const pinOf = (raw: Uint8Array): string => crypto.createHash("sha256").update(publicKeyIn(raw)).digest("base64")
