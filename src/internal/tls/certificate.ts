/**
 * The certificate of a peer, as data. Public as part of `Tls`.
 *
 * @internal
 */
import type * as DateTime from "effect/DateTime"

/**
 * The certificate of a peer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Certificate {
  /** The names and IP addresses that the certificate is valid for: its subject alternative names. */
  readonly names: ReadonlyArray<string>
  /** The distinguished name of the owner. Each line has one attribute. */
  readonly subject: string
  /** The distinguished name of the issuer. Each line has one attribute. */
  readonly issuer: string
  readonly validFrom: DateTime.Utc
  readonly validTo: DateTime.Utc
  readonly serialNumber: string
  /** The SHA-256 hash of the certificate, in hexadecimal with colons. */
  readonly fingerprint: string
  /** The SHA-256 hash of the public key, in base64. Use this value in `pins` (RFC 7469). */
  readonly pin: string
  /** The certificate in DER. */
  readonly raw: Uint8Array
}
