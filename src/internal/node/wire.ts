/**
 * A connected `net.Socket` as a wire. It owns the socket from here on: its error listener stays until the end, because a
 * late error that no listener hears would end the process. Only this file writes to the socket and destroys it.
 *
 * @internal
 */
import type * as net from "node:net"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { Buffers } from "../send/index.ts"
import type { Feed, FullWire } from "../stream/index.ts"
import { errnoOf } from "./errno.ts"
import { gather, keep } from "./gather.ts"
import type { Inlet } from "./inlet.ts"
import { DataSource, InletSource, type NodeSource, nothing } from "./source.ts"

/** In milliseconds: Node fires a longer timer at once. */
export const longestTimer = 2 ** 31 - 1

export class NodeWire implements FullWire {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  private readonly socket: net.Socket
  private readonly feed: Feed
  private readonly source: NodeSource
  /** What the socket reads into, if we connected it. */
  private readonly inlet: Inlet | undefined
  private isStarted = false
  /** We close the connection: its end needs no reason. */
  private isClosing = false
  private onWritten: (() => void) | undefined

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
    if (this.isStarted) this.source.setPaused(false)
    else this.start()
  }

  private start(): void {
    this.isStarted = true
    const { socket } = this
    if (socket.errored !== null || socket.destroyed) this.broken(socket.errored ?? undefined)
    // Its close event has been emitted already.
    if (socket.closed) this.feed.closed()
    this.source.start()
  }

  pause(): void {
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
   * Returns true if the kernel has taken all: then the buffers are the caller's again. `writableLength` tells, not what
   * `write` returns, which is always true with a high mark. A write callback would cost as much as the rest of a small
   * send, so it is requested only for a write that waits.
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
    // Behind what is left, so that its callback runs when all of it has been taken.
    socket.write(nothing, this.whenWritten)
    return false
  }

  private get whenWritten(): () => void {
    this.onWritten ??= () => this.look()
    return this.onWritten
  }

  /** Node calls back with null after a destroy too, so the callback only means "look again". */
  private look(): void {
    const { socket } = this
    if (socket.writableLength === 0 && !socket.destroyed && socket.errored === null) this.feed.drained()
  }

  end(): void {
    this.source.step(() => this.socket.end(() => this.feed.finished()))
  }

  private broken(error: Error | undefined): void {
    this.source.drain()
    this.fail(error)
  }

  private fail(error: Error | undefined): void {
    const code = errnoOf(error)
    // A reset by a peer that had ended is EPIPE, and takes nothing from what it sent. Without an end it is ECONNRESET.
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
    // Bytes left unread in the kernel would turn our end into a reset, and destroy a reply at the peer.
    this.source.setPaused(false)
  }

  close(): void {
    const { socket } = this
    if (socket.destroyed) return
    if (socket.readableEnded && !socket.writableEnded) {
      // The peer has ended too, so that closing the descriptor is our end.
      this.destroy(false)
      return
    }
    this.discard()
    // A whole turn, in which what has arrived is read: this turn may have done its reading already.
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
    if (reset && socket.writableEnded && !socket.writableFinished) {
      // libuv cannot reset during a shutdown. That is done within a turn, because nothing was left to flush.
      socket.once("finish", () => this.destroy(true))
    } else if (reset && this.canReset) {
      socket.resetAndDestroy()
    } else {
      // The descriptor is closed when this returns; the close event comes a turn later.
      socket.destroy()
      this.feed.closed()
    }
  }
}
