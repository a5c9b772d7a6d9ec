/**
 * What is below Node's TLS: the interface of its two implementations. `Piped` works on any connection. `Lent` works on
 * a `net.Socket` and is faster.
 * See docs/DECISIONS.md#tls-runs-over-any-socket.
 *
 * @internal
 */
import type { Duplex } from "node:stream"
import type * as tls from "node:tls"
import type { Connection, Failure } from "../stream/index.ts"

/** The side above a carrier. */
export interface Above {
  /** True during the handshake, until it succeeds or fails. */
  readonly isShaking: boolean
  /** The connection below has ended without close_notify. */
  endedBelow(): void
  /** The connection below has failed. */
  fail(failure: Failure): void
}

export interface Carrier {
  readonly connection: Connection
  /** The stream that Node's TLS works on. */
  readonly stream: Duplex
  /** Called after each chunk that Node's TLS has decrypted. Returns false to stop reading. */
  readsOn(socket: tls.TLSSocket): boolean
  /** Starts or continues reading. `socket` is the socket of Node's TLS, if Node has already reported it. */
  resume(socket: tls.TLSSocket | undefined): void
  /** Stops reading. */
  pause(): void
  /** Drops what arrives from now on, because the connection will be closed. */
  drop(socket: tls.TLSSocket | undefined): void
  /**
   * Called when Node's TLS reports an end. Returns true if the peer has sent close_notify. Otherwise the connection
   * below has ended, and the carrier calls `endedBelow` or `fail`.
   */
  isNotified(socket: tls.TLSSocket): boolean
  /** Called before Node's TLS encrypts a write. */
  beginWrite(): void
  /** True if the connection below has taken at least this many bytes of ciphertext since `beginWrite`. */
  hasTaken(bytes: number): boolean
  /** Sends close_notify and ends our half of the connection below, then calls `then`. */
  end(socket: tls.TLSSocket, then: () => void): void
  /** Closes the connection below, then calls `done`. */
  close(done: () => void): void
  /** Resets the connection below, then calls `done`. */
  abort(done: () => void): void
  /** Called when the handshake has failed on a server. Node then frees the socket that it made for the handshake. */
  forget(): void
}
