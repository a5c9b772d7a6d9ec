/**
 * Does the handshakes of TLS for a command, and reports them with `-v` or `--json`. A failed handshake with a client is
 * always reported.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import type * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import { AddressError } from "../../SocketError.ts"
import * as Tls from "../../Tls.ts"
import { type Teller, teller, type Watching } from "./event.ts"
import type { Output } from "./output.ts"
import { peerText } from "./peer.ts"

/** What a client needs for its handshake. */
export interface ClientTls {
  readonly service: Tls.Service
  readonly context: Tls.Context
  /** The name that the server's certificate must be valid for. Default: the host of the address. */
  readonly name: Option.Option<string>
  readonly verify: "full" | "insecure"
}

/** What a server needs for its handshakes. */
export interface ServerTls {
  readonly service: Tls.Service
  readonly context: Tls.Context
  readonly clientCertificate: Tls.ClientCertificate
}

/** The most names of a certificate that a line shows. */
const mostNames = 5

const nameList = (names: ReadonlyArray<string>): string => {
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : ""
  return names.length === 0 ? "no name" : names.slice(0, mostNames).join(", ") + more
}

/** Puts the lines of a distinguished name into one line. */
const oneLine = (name: string): string => name.replace(/\s*\n\s*/g, ", ")

const day = (time: DateTime.Utc): string => DateTime.formatIsoDateUtc(time)

const certificateText = ({ fingerprint, issuer, names, validFrom, validTo }: Tls.Certificate): string =>
  `certificate for ${nameList(names)}, issued by ${oneLine(issuer)}, ` +
  `valid from ${day(validFrom)} to ${day(validTo)}, SHA-256 ${fingerprint}`

const certificateEvent = ({ fingerprint, issuer, names, subject, validFrom, validTo }: Tls.Certificate) => ({
  names,
  subject: oneLine(subject),
  issuer: oneLine(issuer),
  validFrom: DateTime.formatIso(validFrom),
  validTo: DateTime.formatIso(validTo),
  fingerprint
})

/**
 * With `-v` or `--json`, reports what the handshake of a socket negotiated. Reports nothing for a socket without TLS.
 */
export const tellInfo = ({ detail }: Teller, socket: Socket.Socket): Effect.Effect<void> => {
  const info = Tls.infoOf(socket)
  if (Option.isNone(info)) return Effect.void
  const { alpn, cipher, peerCertificate, serverName, version } = info.value
  const peer = peerText(socket.remoteAddress)
  const event = {
    event: "tls",
    peer,
    version,
    cipher,
    alpn: Option.getOrUndefined(alpn),
    serverName: Option.getOrUndefined(serverName),
    certificate: Option.getOrUndefined(Option.map(peerCertificate, certificateEvent))
  }
  const protocol = Option.match(alpn, { onNone: () => "", onSome: name => `, protocol ${name}` })
  const certificate = Option.match(peerCertificate, {
    onNone: () => "the peer has no certificate",
    onSome: certificateText
  })
  return detail(event, `tls ${peer}: TLS ${version}, ${cipher}${protocol}; ${certificate}`)
}

/** Fails if a Unix path is used with TLS and without `--tls-name`. Call this before connecting. */
export const checkName = (
  tls: ClientTls | undefined,
  address: SocketAddress.SocketAddress
): Effect.Effect<void, AddressError> =>
  tls !== undefined && address._tag === "Unix" && Option.isNone(tls.name)
    ? new AddressError({
        reason: "InvalidHost",
        input: `unix:${address.path}`,
        detail: "a certificate cannot be valid for a unix: path; add --tls-name"
      })
    : Effect.void

/**
 * Does the handshake of a client on a connected socket, and reports the result. If `tls` is undefined, returns the
 * plain socket.
 */
export const secureClient = (
  watching: Watching,
  tls: ClientTls | undefined,
  address: SocketAddress.SocketAddress,
  options: Tls.SideOptions,
  socket: Socket.Socket
): Effect.Effect<Socket.Socket, Tls.TlsError | Tls.TlsConfigError, Output | Scope.Scope> =>
  tls === undefined
    ? Effect.succeed(socket)
    : Effect.gen(function* () {
        const { context, service, verify } = tls
        const name = Option.getOrElse(tls.name, () => (address._tag === "Unix" ? "" : address.host))
        const secured = yield* service.client(socket, { ...options, name, context, verify })
        yield* tellInfo(yield* teller(watching), secured)
        return secured
      })

/**
 * Makes a listener that does a handshake for each connection, and reports each failed handshake. If `tls` is undefined,
 * returns the plain listener.
 */
export const secureListener = (
  told: Teller,
  tls: ServerTls | undefined,
  onFailure: "close" | "reset" | undefined,
  listener: Listener.Listener
): Effect.Effect<Listener.Listener, Tls.TlsConfigError, Scope.Scope> => {
  if (tls === undefined) return Effect.succeed(listener)
  const { clientCertificate, context, service } = tls
  const onHandshakeError = (error: Tls.TlsError) => {
    const { alert, code, message, reason, remoteAddress } = error
    const from = peerText(remoteAddress as SocketAddress.Resolved)
    return told.tell({ event: "handshake", from, reason, alert, code, message }, message)
  }
  return Tls.listener(listener, { context, clientCertificate, onFailure, onHandshakeError }).pipe(
    Effect.provideService(Tls.Tls, service)
  )
}
