/**
 * A carrier on a TCP socket of Node: Node's TLS encrypts and decrypts on the handle of the socket. It copies less than
 * `Piped`, and runs no JavaScript for ciphertext.
 *
 * Node reports the same event for close_notify and for an end without it. `LentHandle.sawEnd` shows the difference.
 *
 * @internal
 */
import { AsyncResource } from "node:async_hooks"
import type * as net from "node:net"
import type * as tls from "node:tls"
import { type Borrower, type LentHandle, NodeWire } from "../node/index.ts"
import { type Connection, type Failure, type Tap, WireTransport } from "../stream/index.ts"
import { knownFailure, type Run } from "./below.ts"
import type { Above, Carrier } from "./carrier.ts"

export class Lent implements Borrower, Carrier, Tap {
  readonly connection: WireTransport
  /** Set by `on`. */
  stream!: net.Socket
  readonly handle: LentHandle
  half: "Open" | "Ending" | "Ended" = "Open"
  onEnded: (() => void) | undefined
  private readonly above: Above
  private readonly wire: NodeWire
  private readonly run: Run
  private pushed: Uint8Array = new Uint8Array(0)
  private isPaused = false
  private isDropping = false
  private isClosing = false
  private written = 0

  private constructor(connection: WireTransport, above: Above, wire: NodeWire, handle: LentHandle, run: Run) {
    this.connection = connection
    this.above = above
    this.wire = wire
    this.handle = handle
    this.run = run
  }

  /** Returns `undefined` if Node's TLS cannot take the socket of the connection. */
  static on(connection: Connection, above: Above, side: "client" | "server", run: Run): Lent | undefined {
    if (!(connection instanceof WireTransport)) return undefined
    const wire = connection.idleWire
    const handle = wire instanceof NodeWire ? wire.lendable : undefined
    if (handle === undefined) return undefined
    const lent = new Lent(connection, above, wire as NodeWire, handle, run)
    if (!connection.divert(lent)) return undefined
    lent.stream = lent.wire.lend(lent.pushed, lent)
    // During the handshake of a server, Node gives nobody its socket. Without half-open, Node destroys its socket when
    // the peer ends.
    if (side === "server") lent.stream.allowHalfOpen = false
    return lent
  }

  /** Node starts to read again with `_read`. While Node reads, `_read` has no effect. */
  resume(socket: tls.TLSSocket | undefined): void {
    this.isPaused = false
    if (socket !== undefined && !socket.destroyed) socket._read(0)
  }

  /** Takes effect after the next chunk. */
  pause(): void {
    this.isPaused = true
  }

  /**
   * After our end, reading stops after each chunk, because libuv reports a reset as an end if it continues to read:
   * see `NodeSource.beforeEnd`.
   */
  readsOn(socket: tls.TLSSocket): boolean {
    if (this.isDropping) return true
    if (this.isPaused || this.half === "Open") return !this.isPaused
    setImmediate(() => {
      if (!this.isPaused) this.resume(socket)
    })
    return false
  }

  /** Reads on, because unread bytes in the kernel would turn our end into a reset. The wire drops the bytes. */
  drop(socket: tls.TLSSocket | undefined): void {
    this.isDropping = true
    this.resume(socket)
  }

  isNotified(socket: tls.TLSSocket): boolean {
    if (!this.handle.sawEnd()) return true
    if (this.half !== "Open") this.ended()
    else if (socket.writableLength > 0 || this.handle.writeQueueSize > 0) setImmediate(() => this.ended())
    else this.wire.ended()
    return false
  }

  beginWrite(): void {
    this.written = this.handle.bytesWritten
  }

  hasTaken(bytes: number): boolean {
    return this.handle.writeQueueSize === 0 && this.handle.bytesWritten - this.written >= bytes
  }

  end(socket: tls.TLSSocket, then: () => void): void {
    this.half = "Ending"
    socket.end(() => {
      this.half = "Ended"
      this.onEnded?.()
      then()
    })
  }

  close(done: () => void): void {
    this.isClosing = true
    this.run(this.connection.close, done)
  }

  abort(done: () => void): void {
    this.isClosing = true
    this.run(this.connection.abort, done)
  }

  forget(): void {
    // Node frees its socket when the socket below is closed.
  }

  /**
   * Called when Node has destroyed its socket. In the handshake of a server, Node reports why when the socket below is
   * closed, and `Acceptance` needs the asynchronous context of this call then. In all other cases, Node has reported
   * why already.
   */
  destroyed(): void {
    if (!this.above.isShaking) return
    this.stream.emit = AsyncResource.bind(this.stream.emit)
    this.close(() => {})
  }

  // What the connection below reports.

  /** Called only by `divert`: the bytes that had arrived before. */
  received(bytes: Uint8Array): void {
    this.pushed = bytes
  }

  ended(): void {
    setImmediate(() => this.above.endedBelow())
  }

  failed(failure: Failure): void {
    if (!this.isClosing) setImmediate(() => this.above.fail(knownFailure(failure)))
  }
}
