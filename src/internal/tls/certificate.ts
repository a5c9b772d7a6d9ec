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
  /** The names and IP addresses that it is valid for: its subject alternative names. */
  readonly names: ReadonlyArray<string>
  /** The distinguished name of its owner, one attribute a line. */
  readonly subject: string
  /** The distinguished name of its issuer, one attribute a line. */
  readonly issuer: string
  readonly validFrom: DateTime.Utc
  readonly validTo: DateTime.Utc
  readonly serialNumber: string
  /** The SHA-256 hash of the certificate, in hexadecimal with colons. */
  readonly fingerprint: string
  /** The SHA-256 hash of its public key, in base64: the value to use as a pin (RFC 7469). */
  readonly pin: string
  /** The certificate in DER. */
  readonly raw: Uint8Array
}
