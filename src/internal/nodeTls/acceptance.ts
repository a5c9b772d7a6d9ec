/**
 * Does handshakes of servers with a `tls.Server` that never listens: the event `connection` gives it each connection. A
 * `TLSSocket` without a `tls.Server` would accept client certificates of any authority.
 *
 * @internal
 */
import { AsyncLocalStorage } from "node:async_hooks"
import * as crypto from "node:crypto"
import * as tls from "node:tls"
import type { ClientCertificate } from "../tls/index.ts"
import type { NodeError } from "./errors.ts"
import type { TlsWire } from "./wire.ts"

/** Called with each line of the key log of a connection. */
export type LogKey = (line: Buffer) => void

/** A connection in its handshake. */
export interface Pending {
  readonly wire: TlsWire
  /** Returns the context for the name that the client sent (SNI), or `undefined` to use the context of the server. */
  readonly sni: ((name: string) => Promise<tls.SecureContext | undefined>) | undefined
  readonly logKey: LogKey | undefined
}

/**
 * A place for the connection that caused the current event of the `tls.Server`. The event itself does not show the
 * connection. After the handshake, the place is empty: Node's TLS also runs the later callbacks of the connection with
 * this place as `current`. So everything that a program creates in them, such as a timer, keeps the place, and must not
 * keep the connection.
 */
const current = new AsyncLocalStorage<{ pending: Pending | undefined }>()

/** The longest timeout that Node accepts, in milliseconds. We end a slow handshake with our own timeout. */
const never = 2 ** 31 - 1

/** Returns the wire of the connection that caused the current event, and empties the place, as the handshake is over. */
const leave = (): TlsWire | undefined => {
  const place = current.getStore()
  const wire = place?.pending?.wire
  if (place !== undefined) place.pending = undefined
  return wire
}

/** If Node refuses a certificate, the reason is not in the error, but in this field of the socket. */
const refusalOf = ({ authorizationError }: { readonly authorizationError?: unknown }): NodeError | undefined =>
  typeof authorizationError === "string" ? { code: authorizationError } : undefined

/** True if Node made the error because the peer ended. A reset is an error of the system, with the name of its call. */
const isEnd = ({ code, syscall }: NodeError): boolean => code === "ECONNRESET" && syscall === undefined

export class Acceptance {
  /** Not in the output of `inspect`, because a `tls.Server` has the private key as text. */
  readonly #server: tls.Server
  /** True if clients must not continue sessions. */
  private readonly isFresh: boolean

  constructor(
    secure: tls.SecureContextOptions,
    clientCertificate: ClientCertificate,
    alpn: ReadonlyArray<string> | undefined,
    isFresh: boolean
  ) {
    this.isFresh = isFresh
    this.#server = tls.createServer({
      ...this.withFlags(secure),
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
      requestCert: clientCertificate !== "none",
      rejectUnauthorized: clientCertificate === "require",
      handshakeTimeout: never,
      SNICallback: (name, done) => {
        const sni = current.getStore()?.pending?.sni
        if (sni === undefined) done(null)
        else
          sni(name).then(
            context => done(null, context),
            error => done(error instanceof Error ? error : new Error())
          )
      }
    })
    this.#server.on("secureConnection", socket => leave()?.onSecure(socket))
    this.#server.on("tlsClientError", (error: NodeError, socket) => {
      // If the socket had no listener, another error of the socket would end the process.
      socket.on("error", () => {})
      leave()?.onError(refusalOf(socket) ?? (isEnd(error) ? { code: "TLS_ENDED" } : error))
    })
  }

  /** Node reports the keys of a connection only if the `tls.Server` had this listener when the handshake began. */
  private reportKeys(): void {
    if (this.#server.listenerCount("keylog") > 0) return
    this.#server.on("keylog", line => current.getStore()?.pending?.logKey?.(line))
  }

  reload(secure: tls.SecureContextOptions): void {
    this.#server.setSecureContext(this.withFlags(secure))
  }

  private withFlags(secure: tls.SecureContextOptions): tls.SecureContextOptions {
    const { secureOptions = 0 } = secure
    return this.isFresh ? { ...secure, secureOptions: secureOptions | crypto.constants.SSL_OP_NO_TICKET } : secure
  }

  /**
   * Starts a handshake. Returns a function to call if the handshake fails. The function makes Node destroy the socket
   * that Node has made for the handshake. Otherwise Node would keep the socket until Node's own timeout. Node then
   * emits `tlsClientError`, whose listener needs `current`, so the function also runs with `current` set.
   */
  accept(pending: Pending): () => void {
    const { carrier } = pending.wire
    const place = { pending }
    if (pending.logKey !== undefined) this.reportKeys()
    current.run(place, () => this.#server.emit("connection", carrier.stream))
    return () => current.run(place, () => carrier.forget())
  }
}
