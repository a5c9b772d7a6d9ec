/**
 * Maps an error of Node's TLS to a reason. The reason follows from the code, never from the text of the message.
 *
 * @internal
 */
import type { Failure } from "../stream/index.ts"
import type { TlsConfigReason, TlsReason } from "../tls/index.ts"

/** An error as Node and OpenSSL make it. */
export interface NodeError {
  readonly syscall?: string | undefined
  readonly code?: string | undefined
}

/**
 * Returns the name of the alert that the peer sent: the end of an error code, such as `UNKNOWN_CA`. The beginning of
 * the code depends on the version of Node. `UNKNOWN_ALERT_TYPE` is an error of OpenSSL and not an alert of the peer.
 */
export const alertOf = (code: string | undefined): string | undefined =>
  /^ERR_SSL_(?!UNKNOWN_ALERT_TYPE)[\w/]+_ALERT_(\w+)$/.exec(code ?? "")?.[1]

/**
 * Converts an error of Node's TLS. The reason is `Rejected` if the peer sent an alert, and `Tampered` if a record is
 * bad. Otherwise the connection below failed, and its code is kept. During a handshake, only the code is used.
 */
export const brokenBy = (error: NodeError): Failure => {
  const { code } = error
  if (alertOf(code) !== undefined) return { reason: "Rejected", code, cause: error }
  if (code?.startsWith("ERR_SSL_") || code?.startsWith("ERR_OSSL_") || code?.startsWith("ERR_TLS_")) {
    return { reason: "Tampered", code, cause: error }
  }
  return { code, cause: error }
}

const reasons: Readonly<Record<string, TlsReason>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "Untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "Untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "Untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "Untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "Untrusted",
  CERT_UNTRUSTED: "Untrusted",
  CERT_REJECTED: "Untrusted",
  CERT_REVOKED: "Untrusted",
  CERT_SIGNATURE_FAILURE: "Untrusted",
  CERT_CHAIN_TOO_LONG: "Untrusted",
  PATH_LENGTH_EXCEEDED: "Untrusted",
  INVALID_CA: "Untrusted",
  INVALID_PURPOSE: "Untrusted",
  CERT_HAS_EXPIRED: "Expired",
  CERT_NOT_YET_VALID: "NotYetValid",
  ERR_TLS_CERT_ALTNAME_INVALID: "WrongName",
  HOSTNAME_MISMATCH: "WrongName",
  TLS_PIN_MISMATCH: "PinMismatch",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "NoSharedVersion",
  ERR_SSL_NO_SHARED_CIPHER: "NoSharedCipher",
  ERR_SSL_NO_SUITABLE_KEY_SHARE: "NoSharedCipher",
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: "NoSharedCipher",
  ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS: "NoSharedCipher",
  ERR_SSL_NO_APPLICATION_PROTOCOL: "NoSharedProtocol",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "CertificateRequired",
  ERR_SSL_WRONG_VERSION_NUMBER: "NotTls",
  ERR_SSL_HTTP_REQUEST: "NotTls",
  ERR_SSL_HTTPS_PROXY_REQUEST: "NotTls",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "NotTls",
  ERR_SSL_BAD_PROTOCOL_VERSION_NUMBER: "NotTls",
  ERR_SSL_UNEXPECTED_MESSAGE: "NotTls",
  ERR_SSL_BAD_RECORD_TYPE: "NotTls",
  TLS_ENDED: "Ended",
  ECONNRESET: "Reset",
  EPIPE: "Reset",
  ETIMEDOUT: "TimedOut",
  ERR_SOCKET_CLOSED: "Closed"
}

const alerts: Readonly<Record<string, TlsReason>> = {
  PROTOCOL_VERSION: "NoSharedVersion",
  NO_APPLICATION_PROTOCOL: "NoSharedProtocol"
}

/** Returns the reason of a handshake that failed, from the code of the error. */
export const handshakeReason = (code: string | undefined): TlsReason => {
  if (code === undefined) return "Unknown"
  const alert = alertOf(code)
  if (alert !== undefined) return Object.hasOwn(alerts, alert) ? alerts[alert]! : "PeerAlert"
  return Object.hasOwn(reasons, code) ? reasons[code]! : "Unknown"
}

const configReasons: Readonly<Record<string, TlsConfigReason>> = {
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: "KeyMismatch",
  ERR_OSSL_BAD_DECRYPT: "BadPassphrase",
  ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED: "BadPassphrase",
  ERR_OSSL_EVP_BAD_DECRYPT: "BadPassphrase",
  ERR_SSL_NO_CIPHER_MATCH: "BadCiphers",
  ERR_TLS_INVALID_PROTOCOL_VERSION: "BadVersions",
  ERR_TLS_PROTOCOL_VERSION_CONFLICT: "BadVersions"
}

/** Returns the reason why Node refused options. Returns `part` if the code of the error is not known. */
export const configReason = (error: NodeError, part: TlsConfigReason): TlsConfigReason =>
  error.code !== undefined && Object.hasOwn(configReasons, error.code) ? configReasons[error.code]! : part
