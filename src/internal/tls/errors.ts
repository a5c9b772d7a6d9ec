/**
 * The errors of TLS. Public as part of `Tls`.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../address/index.ts"
import { codeSuffix, line, timedOutAfter } from "../error/index.ts"
import { messageOf, oneLine, printable, TaggedError } from "../text/index.ts"
import type { Certificate } from "./certificate.ts"

/**
 * The reasons of a `TlsConfigError`.
 *
 * @since 0.1.0
 * @category models
 */
export type TlsConfigReason =
  | "BadCertificate"
  | "BadKey"
  | "KeyMismatch"
  | "BadPassphrase"
  | "MissingKey"
  | "MissingCertificate"
  | "BadAuthority"
  | "MissingAuthority"
  | "BadCiphers"
  | "BadVersions"
  | "BadAlpn"
  | "BadName"
  | "BadPin"
  | "Unknown"

const configMeaning: Readonly<Record<TlsConfigReason, string>> = {
  BadCertificate: "the certificate is not a valid PEM text",
  BadKey: "the private key is not a valid PEM text, or it is encrypted and there is no passphrase",
  KeyMismatch: "the private key does not belong to the certificate",
  BadPassphrase: "the passphrase does not decrypt the private key",
  MissingKey: "a certificate needs its private key",
  MissingCertificate: "a server needs a certificate and its private key: set identity",
  BadAuthority: "a certificate authority in ca is not a valid PEM text",
  MissingAuthority: "to ask clients for certificates, set ca to the authorities that may sign them",
  BadCiphers: "no cipher of this machine matches ciphers",
  BadVersions: "minVersion and maxVersion must be 1.2 or 1.3, and minVersion must not be the newer one",
  BadAlpn: "alpn must have at least one protocol, each of 1 to 255 bytes",
  BadName: "name must be a host name or an IP address",
  BadPin: "a pin must be the base64 text of a SHA-256 hash (44 characters)",
  Unknown: "the options were refused"
}

/**
 * The options of TLS, or the arguments of `exportKeyingMaterial`, are wrong. No handshake was started with them.
 *
 * @since 0.1.0
 * @category errors
 */
export class TlsConfigError extends TaggedError("TlsConfigError")<{
  readonly reason: TlsConfigReason
  /** The invalid value, if it is not a secret. */
  readonly value?: unknown
  readonly code?: string | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => {
      const given = this.value === undefined ? "" : `, not ${printable(this.value)}`
      return `tls: ${configMeaning[this.reason]}${given}${codeSuffix(this)}`
    })
  }
}

/**
 * The reasons of a `TlsError`.
 *
 * - `Untrusted`, `Expired`, `NotYetValid`, `WrongName`, `PinMismatch`: we refused the certificate of the peer.
 * - `CertificateRequired`: the peer sent no certificate, and we require one.
 * - `NoSharedVersion`, `NoSharedCipher`, `NoSharedProtocol`: the peer and we have no version, cipher or protocol in
 *   common.
 * - `NotTls`: the peer sent bytes that are not TLS.
 * - `PeerAlert`: the peer refused the handshake. `alert` says why.
 * - `Ended`, `Reset`: the peer ended or reset the connection during the handshake.
 * - `TimedOut`: `handshakeTimeout` passed, or the operating system gave up on the connection.
 * - `Closed`: the socket was closed.
 * - `Unknown`: any other failure. `code` names it.
 *
 * @since 0.1.0
 * @category models
 */
export type TlsReason =
  | "Untrusted"
  | "Expired"
  | "NotYetValid"
  | "WrongName"
  | "PinMismatch"
  | "NoSharedVersion"
  | "NoSharedCipher"
  | "NoSharedProtocol"
  | "CertificateRequired"
  | "NotTls"
  | "PeerAlert"
  | "Ended"
  | "Reset"
  | "TimedOut"
  | "Closed"
  | "Unknown"

const meaning: Readonly<Record<TlsReason, string>> = {
  Untrusted: "the peer's certificate is not signed by a trusted authority; to trust its authority, add it to ca",
  Expired: "the peer's certificate has expired",
  NotYetValid: "the peer's certificate is not valid yet; check the clock of this machine",
  WrongName: "the peer's certificate is for another name",
  PinMismatch: "the public key of the peer's certificate matches no pin",
  NoSharedVersion: "the peer has no TLS version in common with us; see minVersion and maxVersion",
  NoSharedCipher: "the peer has no cipher in common with us; see ciphers",
  NoSharedProtocol: "the peer has no protocol (ALPN) in common with us; see alpn",
  CertificateRequired: "the peer sent no certificate, and one is required",
  NotTls: "the peer does not speak TLS; check the port, and whether TLS starts at once there",
  PeerAlert: "the peer refused the handshake",
  Ended: "the peer ended the connection during the handshake",
  Reset: "the peer reset the connection during the handshake",
  TimedOut: "timed out",
  Closed: "the socket is closed",
  Unknown: "failed"
}

/** The hints that a message adds for alerts of the peer. The keys are the names of the alerts. */
const advice: Readonly<Record<string, string>> = {
  HANDSHAKE_FAILURE: "; it may require a client certificate (identity), or have no cipher in common with us",
  CERTIFICATE_REQUIRED: "; it requires a client certificate (identity)",
  UNKNOWN_CA: "; it does not trust the authority of our certificate",
  UNRECOGNIZED_NAME: "; it does not serve this name"
}

const alertMeaning = (alert: unknown): string => {
  const words = oneLine(String(alert).toLowerCase().replaceAll("_", " "))
  return `${meaning.PeerAlert}: ${words}${Object.hasOwn(advice, String(alert)) ? advice[String(alert)] : ""}`
}

/** The text for a reason, with details from the certificate of the peer. `undefined` if the details do not help. */
const certificateMeaning = (
  reason: TlsReason,
  certificate: Certificate,
  serverName: string | undefined
): string | undefined => {
  switch (reason) {
    case "Expired":
      return `the peer's certificate expired on ${DateTime.formatIsoDateUtc(certificate.validTo)}`
    case "NotYetValid":
      return `the peer's certificate is valid from ${DateTime.formatIsoDateUtc(certificate.validFrom)}; check the clock of this machine`
    case "WrongName":
      return `the peer's certificate is for ${listed(certificate.names)}, not ${oneLine(String(serverName))}`
    case "PinMismatch":
      return `${meaning.PinMismatch}; its pin is ${oneLine(certificate.pin)}`
    default:
      return undefined
  }
}

const selfSigned = "DEPTH_ZERO_SELF_SIGNED_CERT"

/** The most names of a certificate that a message lists. */
const mostNames = 5

const listed = (names: ReadonlyArray<string>): string => {
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : ""
  const shown = names.slice(0, mostNames).map(name => oneLine(name))
  return names.length === 0 ? "no name" : `${shown.join(", ")}${more}`
}

/**
 * A handshake failed. No byte of the program was sent or received, and the connection is closed.
 *
 * @since 0.1.0
 * @category errors
 */
export class TlsError extends TaggedError("TlsError")<{
  readonly reason: TlsReason
  readonly side: "client" | "server"
  readonly localAddress: SocketAddress.SocketAddress
  readonly remoteAddress: SocketAddress.SocketAddress
  /** On the client's side: the name that the certificate of the server must be valid for. */
  readonly serverName?: string | undefined
  /** The alert of the peer, such as `CERTIFICATE_REQUIRED` (RFC 8446, section 6). */
  readonly alert?: string | undefined
  /** The certificate of the peer, if we received the certificate before the handshake failed. */
  readonly certificate?: Certificate | undefined
  readonly code?: string | undefined
  readonly by?: "handshakeTimeout" | "kernel" | undefined
  readonly timeout?: Duration.Duration | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => {
      const address = format(this.remoteAddress)
      const where = this.serverName === undefined ? address : `${address} (${oneLine(this.serverName)})`
      return line(`tls ${this.side}`, where, this.meaning, codeSuffix(this))
    })
  }

  private get meaning(): string {
    const { alert, certificate, code, reason, serverName } = this
    if (reason === "TimedOut") return timedOutAfter({ timeout: this.timeout }) ?? meaning.TimedOut
    if (reason === "PeerAlert" && alert !== undefined) return alertMeaning(alert)
    if (reason === "Untrusted" && code === selfSigned) {
      return "the peer's certificate signs itself; to trust it, add it to ca"
    }
    const special = certificate === undefined ? undefined : certificateMeaning(reason, certificate, serverName)
    return special ?? meaning[reason]
  }
}
