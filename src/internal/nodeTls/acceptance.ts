/**
 * A `tls.Server` that never listens: connections are given to it. Only a `tls.Server` verifies client certificates. A
 * `TLSSocket` on the server's side accepts those of any authority.
 *
 * @internal
 */
import { AsyncLocalStorage } from "node:async_hooks"
import * as tls from "node:tls"
import type { ClientCertificate } from "../tls/index.ts"
import type { TlsWire } from "./wire.ts"

/** A connection in its handshake. */
export interface Pending {
  readonly wire: TlsWire
  /** Returns the context for a name that the client asks for, or `undefined` for the one of the server. */
  readonly sni: ((name: string) => Promise<tls.SecureContext | undefined>) | undefined
}

/** The connection that Node works on. Node's events name only the socket that it has made for the connection. */
const current = new AsyncLocalStorage<Pending>()

/** In milliseconds. Our own timeout ends a handshake. */
const never = 2 ** 31 - 1

export class Acceptance {
  private readonly server: tls.Server

  constructor(
    secure: tls.SecureContextOptions,
    clientCertificate: ClientCertificate,
    alpn: ReadonlyArray<string> | undefined
  ) {
    this.server = tls.createServer({
      ...secure,
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
      requestCert: clientCertificate !== "none",
      rejectUnauthorized: clientCertificate === "require",
      handshakeTimeout: never,
      SNICallback: (name, done) => {
        const sni = current.getStore()?.sni
        if (sni === undefined) done(null)
        else
          sni(name).then(
            context => done(null, context),
            error => done(error instanceof Error ? error : new Error())
          )
      }
    })
    this.server.on("secureConnection", socket => current.getStore()?.wire.onSecure(socket))
    this.server.on("tlsClientError", (error, socket) => {
      // An error that follows would end the process.
      socket.on("error", () => {})
      const store = current.getStore()
      // Node destroys a socket whose certificate it does not accept, and hides the reason.
      const hidden = (socket as { readonly authorizationError?: unknown }).authorizationError
      store?.wire.onError(typeof hidden === "string" ? Object.assign(new Error(hidden), { code: hidden }) : error)
    })
  }

  reload(secure: tls.SecureContextOptions): void {
    this.server.setSecureContext(secure)
  }

  /**
   * Starts a handshake. Returns a function to call if the handshake fails. Node names its socket only after a success,
   * and would keep the socket of a handshake that ends early until its own timeout. It reports this end too, so the
   * function runs in the context of the connection.
   */
  accept(pending: Pending): () => void {
    const { ciphertext } = pending.wire
    current.run(pending, () => this.server.emit("connection", ciphertext.asDuplex))
    return () => current.run(pending, () => ciphertext.destroy())
  }
}
