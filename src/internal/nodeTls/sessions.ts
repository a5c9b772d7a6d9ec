/**
 * Keeps the sessions of clients. If a later handshake continues a session, it costs less CPU. Node then checks neither
 * the name nor the authorities of the certificate. So a session is used only with the context, `name`, `alpn` and
 * `verify` that it came from.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Certificate, Info } from "../tls/index.ts"

/** A session, and the certificate from its full handshake. A handshake that continues it may have no certificate. */
export interface Session {
  readonly data: Buffer
  readonly certificate: Option.Option<Certificate>
}

/** The most keys that a context keeps a session for. A key is a name with the options of the client. */
const most = 256

export class Sessions {
  /** The newest session of each key. The key whose session is the oldest comes first. */
  private readonly newest = new Map<string, Session>()

  set(key: string, session: Session): void {
    this.newest.delete(key)
    this.newest.set(key, session)
    if (this.newest.size > most) this.newest.delete(this.newest.keys().next().value!)
  }

  /** Returns the session of a key. Drops it if its certificate has expired. */
  get(key: string): Session | undefined {
    const session = this.newest.get(key)
    const isExpired = Option.exists(session?.certificate ?? Option.none(), ({ validTo }) =>
      DateTime.unsafeIsPast(validTo)
    )
    if (!isExpired) return session
    this.newest.delete(key)
    return undefined
  }

  delete(key: string): void {
    this.newest.delete(key)
  }
}

/** The sessions of one connection of a client: the session that it offers, and the newest one that the server sends. */
export class Resumption {
  /** The session that the handshake offers to continue. */
  readonly offered: Session | undefined
  private readonly sessions: Sessions
  private readonly key: string
  /** The newest session that the server has sent on this connection. */
  private data: Buffer | undefined
  /** Set when we have accepted the handshake. Sessions are kept only if this is set. */
  private certificate: Option.Option<Certificate> | undefined

  constructor(sessions: Sessions, key: string) {
    this.sessions = sessions
    this.key = key
    this.offered = sessions.get(key)
  }

  /** Call when the server has sent a session. In TLS 1.3, the server sends it after the handshake. */
  began(data: Buffer): void {
    this.data = data
    this.keep()
  }

  /** Call when the handshake has succeeded and we accept it. */
  accepted({ peerCertificate }: Info): void {
    this.certificate = peerCertificate
    this.keep()
  }

  /** Call when the handshake has failed. Drops the offered session, because it may be the reason of the failure. */
  failed(): void {
    if (this.offered !== undefined) this.sessions.delete(this.key)
  }

  private keep(): void {
    const { certificate, data } = this
    if (certificate !== undefined && data !== undefined) this.sessions.set(this.key, { data, certificate })
  }
}
