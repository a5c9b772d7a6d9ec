/**
 * A connected `net.Socket` as a `Transport`. It owns the socket from here on: its error listener stays until the end,
 * and nothing but this file reads, writes or destroys it.
 *
 * @internal
 */
import type * as net from "node:net"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { Buffers } from "../send/sink.ts"
import { StreamTransport } from "../stream/streamTransport.ts"
import { codeOf } from "./errno.ts"
import { gather, keep } from "./gather.ts"
import type { Inlet } from "./inlet.ts"
import { DataSource, InletSource, type NodeSource, nothing, type Receiver } from "./source.ts"

/** What `Network.connect` and `Network.listen` let a caller choose about a stream. */
export interface Options {
  readonly highWaterMark: number
  /** Milliseconds of real time. */
  readonly closeTimeout: number
}

/** In milliseconds: Node fires a longer one at once. */
export const longestTimer = 2 ** 31 - 1

export class NodeTransport extends StreamTransport implements Receiver {
  private readonly socket: net.Socket
  /** Milliseconds of real time. */
  private readonly closeTimeout: number
  private readonly source: NodeSource
  /** What the socket reads into, if we made it. */
  private readonly inlet: Inlet | undefined
  private graceTimer: NodeJS.Timeout | undefined
  private onWritten: (() => void) | undefined

  constructor(
    socket: net.Socket,
    localAddress: SocketAddress.Resolved,
    remoteAddress: SocketAddress.Resolved,
    options: Options,
    inlet?: Inlet
  ) {
    super(localAddress, remoteAddress, options.highWaterMark)
    this.socket = socket
    this.closeTimeout = options.closeTimeout
    this.inlet = inlet
    const canReset = localAddress._tag !== "Unix"
    socket.on("error", error => this.broken(error))
    this.source =
      inlet === undefined ? new DataSource(socket, canReset, this) : new InletSource(socket, canReset, this, inlet)
    socket.on("close", () => this.onClose())
    if (socket.errored !== null || socket.destroyed) {
      this.broken(socket.errored ?? undefined)
    }
    // There is no event to come any more.
    if (socket.closed) this.letGo()
    this.source.start()
  }

  push(chunk: Uint8Array): void {
    this.buffer.push(chunk)
  }

  ended(): void {
    this.buffer.end()
  }

  broken(error: Error | undefined): void {
    this.source.drain()
    this.fail(error)
  }

  protected hold(held: boolean): void {
    this.source.hold(held)
  }

  override recycle(chunk: Uint8Array): void {
    this.inlet?.recycle(chunk)
  }

  later(callback: () => void): void {
    setImmediate(callback)
  }

  protected get bytesInFlight(): number {
    return this.queue.isFlushing ? this.socket.writableLength : 0
  }

  /**
   * True when the kernel has taken all: then the buffers are the caller's again. Node says so itself, by what it has left
   * (and not by what `write` returns, which with a high mark is always true); a callback would cost as much as all the rest
   * of a small send that is ours, and is asked for only where it waits.
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
    // Behind what is left, so that it calls back when all has been taken.
    socket.write(nothing, this.whenWritten)
    return false
  }

  private get whenWritten(): () => void {
    this.onWritten ??= () => this.look()
    return this.onWritten
  }

  /** Called with null after a destroy too, so it says nothing but "look again". */
  private look(): void {
    const { queue, socket } = this
    if (queue.isFlushing && socket.writableLength === 0 && !socket.destroyed && socket.errored === null) queue.drained()
  }

  end(): void {
    this.source.step(() => this.socket.end(() => this.queue.finished()))
  }

  private fail(error: Error | undefined): void {
    const code = codeOf(error)
    // A reset of a peer that had ended is EPIPE, and takes nothing from what it said; without an end it is ECONNRESET.
    if (this.source.sawEnd && (code === undefined || code === "EPIPE")) {
      this.buffer.end()
    }
    this.breakWith(code, error)
  }

  /** What has come can still be received; beyond it there is nothing. */
  private onClose(): void {
    clearTimeout(this.graceTimer)
    if (this.closing === undefined) {
      this.fail(this.socket.errored ?? undefined)
    }
    this.letGo()
  }

  protected beginClose(): void {
    if (this.socket.destroyed) {
      return
    }
    if (this.socket.readableEnded && !this.socket.writableEnded && !this.queue.isFlushing) {
      // The peer has ended and there is nothing to flush: to let go is an end too.
      this.destroy()
      return
    }
    // What is left unread in the kernel would turn our end into a reset, and destroy a reply at the peer: it is read
    // and dropped, up to the turn of the event loop after our end.
    this.source.hold(false)
    if (this.closeTimeout <= longestTimer) {
      this.graceTimer = setTimeout(() => {
        if (this.queue.isFlushing) {
          this.closing = "reset"
        }
        this.destroy()
      }, this.closeTimeout)
    }
    if (!this.queue.isFlushing) {
      this.flushed()
    }
  }

  protected beginAbort(): void {
    const isEnding = this.socket.writableEnded && !this.socket.writableFinished
    // libuv cannot reset while it shuts down. That is done within a turn, since nothing was left to flush.
    if (isEnding) {
      this.socket.once("finish", () => this.destroy())
    } else {
      this.destroy()
    }
  }

  /** Nothing is left to flush. */
  flushed(): void {
    const { socket } = this
    // A whole turn, in which what has come is read: the one that this is called in may have done its reading already.
    const aTurnLater = () => setImmediate(() => setImmediate(() => this.destroy()))
    const letGo = () => (socket.readableEnded ? this.destroy() : aTurnLater())
    if (socket.writableFinished) {
      letGo()
    } else if (socket.writableEnded) {
      socket.once("finish", letGo)
    } else {
      socket.end(letGo)
    }
  }

  private destroy(): void {
    clearTimeout(this.graceTimer)
    const { socket } = this
    if (socket.destroyed) {
      return
    }
    if (this.closing === "reset" && this.localAddress._tag !== "Unix") {
      socket.resetAndDestroy()
    } else {
      // The descriptor is closed when this returns; the event comes a turn later.
      socket.destroy()
      this.letGo()
    }
  }
}
