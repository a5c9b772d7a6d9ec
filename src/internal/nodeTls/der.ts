/**
 * Finds the public key in a certificate in DER (ITU-T X.690). OpenSSL has parsed the certificate before, so its lengths
 * are right.
 *
 * @internal
 */

/** Where the content of an element begins and ends. The element itself begins at `at`. */
const elementAt = (der: Uint8Array, at: number): { readonly start: number; readonly end: number } => {
  const first = der[at + 1]!
  if (first < 0x80) return { start: at + 2, end: at + 2 + first }
  const start = at + 2 + (first & 0x7f)
  const length = der.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0)
  return { start, end: start + length }
}

/** The tag of the version, which certificates of version 1 do not have. */
const versionTag = 0xa0

/** Returns the SubjectPublicKeyInfo of a certificate (RFC 5280, section 4.1). */
export const publicKeyIn = (certificate: Uint8Array): Uint8Array => {
  const toBeSigned = elementAt(certificate, elementAt(certificate, 0).start)
  let at = toBeSigned.start
  if (certificate[at] === versionTag) at = elementAt(certificate, at).end
  // The serial number, the signature algorithm, the issuer, the validity and the subject come first.
  for (let skipped = 0; skipped < 5; skipped++) at = elementAt(certificate, at).end
  return certificate.subarray(at, elementAt(certificate, at).end)
}
