/**
 * The sessions of a client, which make a later handshake with the same server cheaper. Node checks neither the name nor
 * the authorities of a resumed session. So a session is used only with the context and the options that it came from.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Certificate, Info } from "../tls/index.ts"

/** A session, with the certificate that the server had in its full handshake. A resumed handshake shows none. */
export interface Session {
  readonly data: Buffer
  readonly certificate: Option.Option<Certificate>
}

/** The most servers that a context has a session for. */
const most = 256

export class Sessions {
  /** The newest session of each key. The key that was set first is dropped first. */
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

/** One handshake of a client that may continue a session and begin others. */
export class Resumption {
  /** The session that the handshake offers to continue. */
  readonly offered: Session | undefined
  private readonly sessions: Sessions
  private readonly key: string
  /** The newest session of this connection. */
  private data: Buffer | undefined
  /** Set when the handshake has been accepted. Only then are sessions kept. */
  private certificate: Option.Option<Certificate> | undefined

  constructor(sessions: Sessions, key: string) {
    this.sessions = sessions
    this.key = key
    this.offered = sessions.get(key)
  }

  /** The server has given a session. In TLS 1.3 this comes after the handshake. */
  began(data: Buffer): void {
    this.data = data
    this.keep()
  }

  /** The handshake has succeeded, and we accept it. */
  accepted({ peerCertificate }: Info): void {
    this.certificate = peerCertificate
    this.keep()
  }

  /** The handshake has failed. If the session was the reason, the next handshake must not offer it. */
  failed(): void {
    if (this.offered !== undefined) this.sessions.delete(this.key)
  }

  private keep(): void {
    const { certificate, data } = this
    if (certificate !== undefined && data !== undefined) this.sessions.set(this.key, { data, certificate })
  }
}
