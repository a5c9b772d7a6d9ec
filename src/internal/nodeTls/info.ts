/**
 * Reads what a handshake negotiated from the socket of Node's TLS.
 *
 * @internal
 */
import type * as crypto from "node:crypto"
import type * as tls from "node:tls"
import * as Option from "effect/Option"
import type { Certificate, Info } from "../tls/index.ts"
import { certificateOf } from "./certificate.ts"

const nonEmpty = (text: unknown): Option.Option<string> =>
  typeof text === "string" && text !== "" ? Option.some(text) : Option.none()

/**
 * The results of Node's function. On a client, Node's function returns another certificate of the chain at its second
 * call.
 */
const x509s = new WeakMap<tls.TLSSocket, Option.Option<crypto.X509Certificate>>()

/** Returns the certificate of the peer in Node's format. */
export const x509Of = (socket: tls.TLSSocket): Option.Option<crypto.X509Certificate> => {
  const known = x509s.get(socket)
  if (known !== undefined) return known
  const x509 = Option.fromNullable(socket.getPeerX509Certificate())
  x509s.set(socket, x509)
  return x509
}

/** Returns a certificate that Node refused. Must not throw: an exception in an event of Node would end the process. */
export const refusedCertificateOf = (socket: tls.TLSSocket): Certificate | undefined => {
  try {
    return Option.getOrUndefined(Option.map(x509Of(socket), certificateOf))
  } catch {
    return undefined
  }
}

/**
 * Returns what the handshake negotiated. `known` is the certificate of the session that the client offered to continue.
 * It is used if the server has continued the session.
 */
export const infoOf = (socket: tls.TLSSocket, known: Option.Option<Certificate> = Option.none()): Info => {
  const isResumed = socket.isSessionReused()
  const cipher = socket.getCipher() as tls.CipherNameAndProtocol | undefined
  return {
    version: socket.getProtocol() === "TLSv1.2" ? "1.2" : "1.3",
    cipher: cipher?.standardName ?? cipher?.name ?? "",
    alpn: nonEmpty(socket.alpnProtocol),
    serverName: nonEmpty((socket as { readonly servername?: unknown }).servername),
    peerCertificate: Option.orElse(Option.map(x509Of(socket), certificateOf), () =>
      isResumed ? known : Option.none()
    ),
    isResumed
  }
}
