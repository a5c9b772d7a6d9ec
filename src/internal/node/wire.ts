/**
 * Implements a wire with a connected `net.Socket`. The wire owns the socket: after the connect or the accept, only this
 * file sends bytes of users on the socket and destroys it. The error listener is never removed, because a late error
 * event without a listener would end the process.
 *
 * @internal
 */
import type * as net from "node:net"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { Buffers } from "../send/index.ts"
import type { Feed, FullWire } from "../stream/index.ts"
import { errnoOf } from "./errno.ts"
import { gather, keep } from "./gather.ts"
import { LentHandle } from "./handle.ts"
import type { Inlet } from "./inlet.ts"
import { DataSource, InletSource, type NodeSource, nothing } from "./source.ts"

/** The longest timer of Node, in milliseconds. Node fires a longer timer after 1 ms. */
export const longestTimer = 2 ** 31 - 1

/** Node's TLS, which uses a socket that was lent to it. */
export interface Borrower {
  readonly handle: LentHandle
  /** `Ending`: Node's TLS has begun to end our half, and the kernel has not done it. */
  readonly half: "Open" | "Ending" | "Ended"
  /** Called when `half` becomes `Ended`. */
  onEnded: (() => void) | undefined
  /** Called when Node's TLS wants to destroy the socket. */
  destroyed(): void
}

export class NodeWire implements FullWire {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  private readonly socket: net.Socket
  private readonly feed: Feed
  private readonly source: NodeSource
  /** The memory that the socket reads into. Set only if `connect` opened the socket, not for an accepted socket. */
  private readonly inlet: Inlet | undefined
  private isStarted = false
  /** True if this side has begun to close the connection. The close event is then not a failure. */
  private isClosing = false
  private onWritten: (() => void) | undefined
  /** Set by `lend`: Node's TLS reads and writes, and this wire only closes the socket. */
  private borrower: Borrower | undefined

  constructor(
    socket: net.Socket,
    localAddress: SocketAddress.Resolved,
    remoteAddress: SocketAddress.Resolved,
    feed: Feed,
    inlet?: Inlet
  ) {
    this.socket = socket
    this.localAddress = localAddress
    this.remoteAddress = remoteAddress
    this.feed = feed
    this.inlet = inlet
    const broken = (error: Error) => this.broken(error)
    socket.on("error", broken)
    this.source =
      inlet === undefined
        ? new DataSource(socket, this.canReset, feed, broken)
        : new InletSource(socket, this.canReset, feed, broken, inlet)
    socket.on("close", () => this.onClose())
  }

  private get canReset(): boolean {
    return this.localAddress._tag !== "Unix"
  }

  resume(): void {
    if (this.borrower !== undefined) return
    if (this.isStarted) this.source.setPaused(false)
    else this.start()
  }

  private start(): void {
    this.isStarted = true
    const { socket } = this
    if (socket.errored !== null || socket.destroyed) this.broken(socket.errored ?? undefined)
    // Node may have emitted the close event before this wire existed.
    if (socket.closed) this.feed.closed()
    this.source.start()
  }

  pause(): void {
    if (this.borrower !== undefined) return
    this.source.setPaused(true)
  }

  recycle(chunk: Uint8Array): void {
    this.inlet?.recycle(chunk)
  }

  later(callback: () => void): void {
    setImmediate(callback)
  }

  after(millis: number, callback: () => void): () => void {
    const timer = millis <= longestTimer ? setTimeout(callback, millis) : undefined
    return () => clearTimeout(timer)
  }

  get bytesUnsent(): number {
    return this.socket.writableLength
  }

  /**
   * Returns true if the kernel has taken all bytes, so that the caller may reuse the buffers. `writableLength` is then
   * 0. The result of Node's `write` does not show this, because it depends on the high-water mark. A callback for each
   * write would cost as much as the rest of a small send. So there is a callback only if the kernel has not taken all
   * bytes.
   */
  write(buffers: Buffers): boolean {
    const { socket } = this
    const gathered = buffers instanceof Uint8Array ? buffers : gather(buffers)
    if (gathered instanceof Uint8Array) {
      if (socket.write(gathered) && socket.writableLength === 0) return true
    } else {
      socket.cork()
      try {
        for (const buffer of gathered) socket.write(buffer)
      } finally {
        socket.uncork()
      }
    }
    if (gathered !== buffers) keep()
    if (socket.errored !== null) {
      this.broken(socket.errored)
      return false
    }
    if (socket.writableLength === 0) return !socket.destroyed
    // Node calls the callback of this empty write when the kernel has taken all earlier bytes.
    socket.write(nothing, this.whenWritten)
    return false
  }

  private get whenWritten(): () => void {
    this.onWritten ??= () => this.look()
    return this.onWritten
  }

  /**
   * Reports `drained` if the kernel has taken all bytes. The check is needed because, after a destroy, Node also runs
   * the callback, and without an error.
   */
  private look(): void {
    const { socket } = this
    if (socket.writableLength === 0 && !socket.destroyed && socket.errored === null) this.feed.drained()
  }

  end(): void {
    this.source.beforeEnd(() => this.socket.end(() => this.feed.finished()))
  }

  private broken(error: Error | undefined): void {
    this.source.pushRest()
    this.fail(error)
  }

  private fail(error: Error | undefined): void {
    const code = errnoOf(error)
    // If the peer ended and then reset, the code is EPIPE, and no byte from the peer is lost. If the peer reset without
    // an end, the code is ECONNRESET.
    if (this.source.sawEnd && (code === undefined || code === "EPIPE")) {
      this.feed.end()
    }
    this.feed.fail({ code, cause: error })
  }

  private onClose(): void {
    if (!this.isClosing) this.fail(this.socket.errored ?? undefined)
    this.feed.closed()
  }

  discard(): void {
    this.isClosing = true
    // Continues to read, and the bytes are dropped. Unread bytes in the kernel would turn our end into a reset, and the
    // peer could lose a reply.
    if (this.borrower === undefined) this.source.setPaused(false)
  }

  /**
   * Returns the handle of the socket if Node's TLS can take the socket: it is a TCP socket that is open on both sides,
   * reads, and has no write in flight.
   */
  get lendable(): LentHandle | undefined {
    const { borrower, isClosing, isStarted, socket, source } = this
    const isOpen = isStarted && !isClosing && !source.sawEnd && !socket.writableEnded && !socket.destroyed
    return isOpen && borrower === undefined && this.canReset && socket.writableLength === 0
      ? LentHandle.of(socket)
      : undefined
  }

  /**
   * Gives the socket to Node's TLS, and first puts back the bytes that were pushed already. This wire still closes the
   * socket. If Node's TLS destroys the socket, only `destroyed` is called: if bytes were unread, the destroy would
   * reset the connection, and the peer could lose our alert.
   */
  lend(pushed: Uint8Array, borrower: Borrower): net.Socket {
    const { socket } = this
    this.borrower = borrower
    this.source.detach(pushed)
    socket.destroy = () => {
      borrower.destroyed()
      return socket
    }
    return socket
  }

  /** Call this if the peer of a lent socket has ended the connection. Reports to the feed whether it was a reset. */
  ended(): void {
    this.source.onEnd()
  }

  close(): void {
    const { socket } = this
    if (socket.destroyed) return
    if (socket.readableEnded && !socket.writableEnded) {
      // The peer has ended and all its bytes have been read. So when the descriptor is closed, the kernel sends an end
      // and not a reset.
      this.destroy(false)
      return
    }
    this.discard()
    // Waits for a whole turn of the event loop, so that the bytes that have arrived are read. One `setImmediate` is too
    // short, because the current turn may have done its reads already.
    const aTurnLater = () => setImmediate(() => setImmediate(() => this.destroy(false)))
    const destroy = () => (socket.readableEnded ? this.destroy(false) : aTurnLater())
    if (socket.writableFinished) destroy()
    else if (socket.writableEnded) socket.once("finish", destroy)
    else socket.end(destroy)
  }

  destroy(reset: boolean): void {
    const { socket } = this
    this.isClosing = true
    if (socket.destroyed) return
    const { borrower } = this
    if (borrower !== undefined) {
      if (reset && borrower.half === "Ending") {
        // libuv cannot reset during a shutdown: see below. If the kernel does not take close_notify, the shutdown may
        // never end. The peer then sees an end without close_notify, which is a failure too.
        if (borrower.handle.writeQueueSize > 0) this.destroy(false)
        else borrower.onEnded = () => this.destroy(true)
        return
      }
      // Removes the `destroy` that `lend` has set, so that the one of the class is called.
      delete (socket as Partial<net.Socket>).destroy
    }
    if (reset && socket.writableEnded && !socket.writableFinished) {
      // libuv cannot reset during a shutdown. The shutdown ends within one turn of the event loop, because no bytes are
      // left to send.
      socket.once("finish", () => this.destroy(true))
    } else if (reset && this.canReset) {
      socket.resetAndDestroy()
    } else {
      // `socket.destroy` closes the descriptor at once. The close event comes one turn of the event loop later, so
      // `closed` is reported here.
      socket.destroy()
      this.feed.closed()
    }
  }
}
