/**
 * Does the handshakes of clients and servers, and makes the `Service` of TLS on `node:tls`.
 *
 * @internal
 */
import type * as crypto from "node:crypto"
import * as tls from "node:tls"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import type * as Socket from "../../Socket.ts"
import {
  bareOf,
  type Connection,
  connectionIn,
  type Failure,
  own,
  SocketImpl,
  WireTransport,
  withTimeoutsOf
} from "../stream/index.ts"
import {
  type Certificate,
  type Context,
  type Info,
  type ServerOptions,
  type Service,
  setInfo,
  TlsConfigError,
  TlsError,
  type TlsSocket
} from "../tls/index.ts"
import { alarm } from "../waiting/index.ts"
import type { LogKey } from "./acceptance.ts"
import { runIn } from "./below.ts"
import type { Above, Carrier } from "./carrier.ts"
import { attempt, contextOf, NodeContext } from "./context.ts"
import { alertOf, handshakeReason } from "./errors.ts"
import { infoOf, refusedCertificateOf, x509Of } from "./info.ts"
import { Lent } from "./lent.ts"
import { clientOf, type ServerName, type SideSettings, serverOf } from "./options.ts"
import { Piped } from "./piped.ts"
import { Resumption } from "./sessions.ts"
import { Turns } from "./turns.ts"
import { TlsWire } from "./wire.ts"

class TlsSocketImpl extends SocketImpl implements TlsSocket {
  readonly info: Info
  private readonly socket: tls.TLSSocket
  constructor(connection: Connection, info: Info, socket: tls.TLSSocket) {
    super(connection)
    this.info = info
    this.socket = socket
  }
  exportKeyingMaterial(length: number, label: string, context?: Uint8Array) {
    return attempt(() => {
      try {
        // In TLS 1.2, no context gives another result than an empty context. The types of Node require a context.
        const given = context === undefined ? (undefined as unknown as Buffer) : Buffer.from(context)
        return Redacted.make(new Uint8Array(this.socket.exportKeyingMaterial(length, label, given)))
      } catch (cause) {
        throw new TlsConfigError({ reason: "Unknown", code: (cause as { readonly code?: string }).code, cause })
      }
    })
  }
}

/** Why we refuse a handshake that Node has accepted. */
interface Refusal {
  readonly code: string
}

interface Side {
  readonly side: "client" | "server"
  readonly name: string | undefined
  readonly settings: SideSettings
  /** Starts the handshake. Returns a function that frees the memory of a handshake that has failed. */
  readonly begin: (wire: TlsWire, runtime: Runtime.Runtime<never>, logKey: LogKey | undefined) => () => void
  /** The certificate of the server in the session that the handshake offers to continue. */
  readonly known?: Option.Option<Certificate> | undefined
  /** Checks a handshake that Node has accepted. Returns `undefined` if we accept it too. */
  readonly check: (info: Info, wire: TlsWire, socket: tls.TLSSocket) => Refusal | undefined
  /** Called when the handshake has succeeded or failed, or was interrupted. */
  readonly over?: () => void
}

/**
 * Does a handshake on a connection. Returns the TLS socket, which the Scope closes. If the handshake fails, closes the
 * connection. After a timeout or an interruption, resets the connection.
 */
const handshake = (
  socket: Socket.Socket,
  { begin, check, known, name, over = () => {}, settings, side }: Side
): Effect.Effect<TlsSocket, TlsError, Scope.Scope> =>
  Effect.uninterruptibleMask(restore =>
    Effect.flatMap(Effect.runtime<Scope.Scope>(), runtime => {
      const outer = connectionIn(socket)
      const connection = bareOf(outer)
      const { localAddress, remoteAddress } = connection
      const { closeNotify, onFailure, onKeyLog, stream, timeout } = settings
      const address = { side, localAddress, remoteAddress, serverName: name }
      const turns = new Turns(runtime)
      const peer: { socket?: tls.TLSSocket; certificate?: Certificate | undefined; forget?: () => void } = {}
      let stopTimer = () => {}
      const failed = ({ cause, code, reason }: Failure) =>
        new TlsError({
          ...address,
          reason: reason === "Reset" || reason === "TimedOut" ? reason : handshakeReason(code),
          alert: alertOf(code),
          certificate: peer.certificate,
          code: code?.startsWith("TLS_") ? undefined : code,
          by: reason === "TimedOut" || code === "ETIMEDOUT" ? "kernel" : undefined,
          cause
        })
      const secured = Effect.async<readonly [TlsWire, tls.TLSSocket, Info], TlsError>(resume => {
        const wire: TlsWire = new TlsWire(
          above => carrierOf(connection, above, side, turns, runtime),
          turns,
          closeNotify,
          {
            adopted: socket => {
              peer.socket = socket
              // If Node refuses the certificate of the peer, it destroys the socket. After that, the certificate can no
              // longer be read, so it is read first.
              const { destroy } = socket
              socket.destroy = error => {
                if (error !== undefined) peer.certificate ??= refusedCertificateOf(socket)
                return destroy.call(socket, error)
              }
            },
            secure: socket => {
              try {
                const info = infoOf(socket, known)
                peer.certificate = Option.getOrUndefined(info.peerCertificate)
                const refusal = check(info, wire, socket)
                return () =>
                  resume(
                    refusal === undefined
                      ? Effect.succeed([wire, socket, info])
                      : Effect.fail(failed({ code: refusal.code }))
                  )
              } catch (cause) {
                // Node calls `secure` from an event, so an exception would end the process.
                return () => resume(Effect.fail(failed({ cause })))
              }
            },
            failed: failure => resume(Effect.fail(failed(failure)))
          }
        )
        const timedOut = () => new TlsError({ ...address, reason: "TimedOut", by: "handshakeTimeout", timeout })
        if (Duration.isFinite(timeout)) stopTimer = alarm(runtime, timeout, () => resume(Effect.fail(timedOut())))
        // `suspend` turns an exception of `onKeyLog` into a defect of the fiber. In an event of Node, an exception
        // would end the process.
        const logKey =
          onKeyLog &&
          ((line: Buffer) => {
            Runtime.runFork(runtime)(Effect.suspend(() => onKeyLog(line.toString("latin1").trimEnd())))
          })
        turns.take()
        peer.forget = begin(wire, runtime, logKey)
        wire.resume()
      })
      return Effect.flatMap(
        Effect.onExit(restore(secured), exit => {
          stopTimer()
          if (Exit.isSuccess(exit)) return Effect.sync(over)
          return Effect.zipRight(
            // After a close, our alert still reaches the peer. A reset could drop it.
            isRefused(exit) ? connection.close : connection.abort,
            Effect.sync(() => {
              over()
              peer.forget?.()
            })
          )
        }),
        ([wire, tlsSocket, info]) => {
          const transport = new WireTransport(feed => wire.attach(feed), stream)
          return Effect.map(
            Effect.flatMap(Effect.scope, scope => own(scope, transport, onFailure, undefined)),
            ({ connection }) => {
              setInfo(connection, info)
              return new TlsSocketImpl(withTimeoutsOf(outer, connection), info, tlsSocket)
            }
          )
        }
      )
    })
  )

const carrierOf = (
  connection: Connection,
  above: Above,
  side: "client" | "server",
  turns: Turns,
  runtime: Runtime.Runtime<never>
): Carrier => {
  const run = runIn(runtime)
  return Lent.on(connection, above, side, run) ?? new Piped(connection, above, turns, run)
}

/** True if the handshake failed, and not because of a timeout or an interruption. */
const isRefused = (exit: Exit.Exit<unknown, TlsError>): boolean =>
  Exit.isFailure(exit) && exit.cause._tag === "Fail" && exit.cause.error.reason !== "TimedOut"

/**
 * True if a certificate is valid for a name. Only the alternative names count, and a `*` must be a whole label (RFC
 * 9525). `tls.checkServerIdentity` of Node would also accept the common name, and a `*` for a part of a label.
 * See docs/DECISIONS.md#the-name-of-a-server-is-checked-by-openssl.
 */
const isFor = (name: ServerName, x509: crypto.X509Certificate): boolean =>
  name.isAddress
    ? x509.checkIP(name.checked) !== undefined
    : x509.checkHost(name.checked, { subject: "never", partialWildcards: false }) !== undefined

const checkName = (name: ServerName, socket: tls.TLSSocket): Error | undefined =>
  Option.exists(x509Of(socket), x509 => isFor(name, x509))
    ? undefined
    : Object.assign(new Error("the certificate is for another name"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" })

/** Makes the engine. `standard` is the context of clients and servers that have no `context` of their own. */
export const make = (standard?: NodeContext): Service => {
  let made = standard
  const standardContext = () => {
    made ??= new NodeContext({})
    return made
  }
  return {
    context: options => attempt(() => new NodeContext(options ?? {})),
    reload: (context, identity) => attempt(() => contextOf(context).reload(identity)),
    checkClient: options => Effect.asVoid(attempt(() => clientOf(options, standardContext))),
    checkServer: options => Effect.asVoid(attempt(() => serverOf(options, standardContext))),
    client: (socket, options) =>
      Effect.flatMap(
        attempt(() => clientOf(options, standardContext)),
        settings => {
          const { alpn, isInsecure, own, pins, serverName } = settings
          const { checked, isAddress, name } = serverName
          const key = JSON.stringify([name, alpn, isInsecure])
          const resumption = own.sessions && new Resumption(own.sessions, key)
          return handshake(socket, {
            side: "client",
            name,
            settings,
            known: resumption?.offered?.certificate,
            begin: (wire, _, logKey) => {
              const tlsSocket: tls.TLSSocket = tls.connect({
                socket: wire.carrier.stream,
                secureContext: own.secureContext,
                // Node sends `servername` to the server (SNI), which must not be an IP address.
                ...(isAddress ? {} : { servername: checked }),
                ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
                rejectUnauthorized: !isInsecure,
                // In TLS 1.3, Node calls this before it sends the last flight of the handshake. Node does not call it
                // for a continued session: the handshake of that session has verified this name.
                checkServerIdentity: () => checkName(serverName, tlsSocket),
                ...(resumption?.offered === undefined ? {} : { session: resumption.offered.data })
              })
              if (logKey !== undefined) tlsSocket.on("keylog", logKey)
              if (resumption !== undefined) tlsSocket.on("session", data => resumption.began(data))
              wire.adopt(tlsSocket)
              tlsSocket.once("secureConnect", () => wire.onSecure(tlsSocket))
              return () => {
                resumption?.failed()
                tlsSocket.destroy()
              }
            },
            check: (info, wire) => {
              wire.mayBeRejected = own.hasIdentity && info.version === "1.3"
              const pin = Option.map(info.peerCertificate, certificate => certificate.pin)
              const isPinned = pins === undefined || Option.exists(pin, pin => pins.includes(pin))
              if (!isPinned) return { code: "TLS_PIN_MISMATCH" }
              resumption?.accepted(info)
              return undefined
            }
          })
        }
      ),
    server: (socket, options) =>
      Effect.flatMap(
        attempt(() => serverOf(options, standardContext)),
        settings => {
          const { clientCertificate, own, sni } = settings
          const over = new AbortController()
          return handshake(socket, {
            side: "server",
            name: undefined,
            settings,
            begin: (wire, runtime, logKey) =>
              own
                .acceptance(clientCertificate, sni !== undefined)
                .accept({ wire, sni: sniOf(sni, runtime, over.signal), logKey }),
            // With "request", Node accepts a client whose certificate is not valid. We refuse it here.
            check: ({ peerCertificate }, _, { authorizationError, authorized }) =>
              Option.isNone(peerCertificate) || authorized ? undefined : { code: String(authorizationError) },
            over: () => over.abort()
          })
        }
      )
  }
}

/** Node ignores the `ca` of a context without an identity. */
const contextOfSni = (context: Context): tls.SecureContext => {
  const { hasIdentity, secureContext } = contextOf(context)
  if (!hasIdentity) throw new TlsConfigError({ reason: "MissingCertificate" })
  return secureContext
}

const sniOf = (sni: ServerOptions["sni"], runtime: Runtime.Runtime<never>, signal: AbortSignal) =>
  sni === undefined
    ? undefined
    : (name: string) =>
        Runtime.runPromise(runtime)(
          // The flags of `runtime` make fibers uninterruptible, but `signal` must be able to interrupt this one.
          Effect.interruptible(
            Effect.map(
              Effect.suspend(() => sni(name)),
              context => Option.getOrUndefined(Option.map(context, contextOfSni))
            )
          ),
          { signal }
        )
