/**
 * Reads what a handshake negotiated from the socket of Node's TLS.
 *
 * @internal
 */
import type * as tls from "node:tls"
import * as Option from "effect/Option"
import type { Certificate, Info } from "../tls/index.ts"
import { certificateOf } from "./certificate.ts"

const nonEmpty = (text: unknown): Option.Option<string> =>
  typeof text === "string" && text !== "" ? Option.some(text) : Option.none()

/** Call it once: at a client, the second call of Node's function returns another certificate of the chain. */
const peerCertificateOf = (socket: tls.TLSSocket): Option.Option<Certificate> =>
  Option.map(Option.fromNullable(socket.getPeerX509Certificate()), certificateOf)

/** Node calls this from an event, so an exception would end the process. */
export const refusedCertificateOf = (socket: tls.TLSSocket): Certificate | undefined => {
  try {
    return Option.getOrUndefined(peerCertificateOf(socket))
  } catch {
    return undefined
  }
}

/**
 * What the handshake negotiated. Call it once. `known` is the certificate of the session that the handshake may have
 * continued.
 */
export const infoOf = (socket: tls.TLSSocket, known: Option.Option<Certificate> = Option.none()): Info => {
  const isResumed = socket.isSessionReused()
  const cipher = socket.getCipher() as tls.CipherNameAndProtocol | undefined
  return {
    version: socket.getProtocol() === "TLSv1.2" ? "1.2" : "1.3",
    cipher: cipher?.standardName ?? cipher?.name ?? "",
    alpn: nonEmpty(socket.alpnProtocol),
    serverName: nonEmpty((socket as { readonly servername?: unknown }).servername),
    peerCertificate: Option.orElse(peerCertificateOf(socket), () => (isResumed ? known : Option.none())),
    isResumed
  }
}
