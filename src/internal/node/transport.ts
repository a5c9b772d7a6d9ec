/**
 * A connected `net.Socket` as a `Transport`. It owns the socket from here on: its error listener stays until the end,
 * and nothing but this file reads, writes or destroys it.
 *
 * @internal
 */
import type * as net from "node:net"
import * as Effect from "effect/Effect"
import type * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import { RecvError, SendError } from "../../SocketError.ts"
import { recvReason, sendReason } from "../reasons.ts"
import { ReceiveBuffer } from "../receiveBuffer.ts"
import { type Buffers, SendQueue } from "../sendQueue.ts"
import { codeOf } from "./errno.ts"
import type { Inlet } from "./inlet.ts"
import { DataSource, InletSource, type NodeSource } from "./source.ts"

/** What `Network.connect` and `Network.listen` let a caller choose about a stream. */
export interface Options {
  readonly highWaterMark: number
  /** Milliseconds of real time. */
  readonly closeGrace: number
}

/** In milliseconds: Node fires a longer one at once. */
const longestTimer = 2 ** 31 - 1

export class NodeTransport implements Socket.Transport {
  readonly localAddress: SocketAddress.Inet | SocketAddress.Unix
  readonly remoteAddress: SocketAddress.Inet | SocketAddress.Unix
  private readonly socket: net.Socket
  private readonly options: Options
  private readonly source: NodeSource
  private readonly buffer: ReceiveBuffer
  private readonly queue: SendQueue
  /** How it is to end, once it has been asked to. */
  private closing: "end" | "reset" | undefined
  /** The descriptor is closed. */
  private gone = false
  private readonly closeWaiters = new Set<(effect: Effect.Effect<void>) => void>()
  private graceTimer: NodeJS.Timeout | undefined

  constructor(
    socket: net.Socket,
    localAddress: SocketAddress.Inet | SocketAddress.Unix,
    remoteAddress: SocketAddress.Inet | SocketAddress.Unix,
    options: Options,
    /** What the socket reads into, if we made it. */
    inlet?: Inlet
  ) {
    this.socket = socket
    this.localAddress = localAddress
    this.remoteAddress = remoteAddress
    this.options = options
    this.buffer = new ReceiveBuffer({
      highWaterMark: options.highWaterMark,
      pause: () => this.source.hold(true),
      resume: () => this.source.hold(false),
      error: (reason, bufsize) => new RecvError({ reason, localAddress, remoteAddress, bufsize }),
      ...(inlet === undefined ? {} : { recycle: inlet.recycle })
    })
    this.queue = new SendQueue({
      write: buffers => this.write(buffers),
      end: () => this.endHalf(),
      later: callback => void setImmediate(callback),
      error: (reason, bytesRequested) =>
        new SendError({ reason, localAddress, remoteAddress, bytesRequested, bytesAccepted: 0 })
    })
    socket.on("error", error => this.onError(error))
    const receiver = {
      push: (chunk: Uint8Array) => this.buffer.push(chunk),
      end: () => this.buffer.end(),
      broken: (error: Error) => this.onError(error)
    }
    const canReset = localAddress._tag !== "Unix"
    this.source =
      inlet === undefined
        ? new DataSource(socket, canReset, receiver)
        : new InletSource(socket, canReset, receiver, inlet)
    socket.on("close", () => this.onClose())
    if (socket.errored !== null || socket.destroyed) {
      this.onError(socket.errored ?? undefined)
    }
    this.source.start()
  }

  recv(bufsize: number) {
    return this.buffer.recv(bufsize)
  }

  receive<A, E>(step: Socket.Step<A, E>) {
    return this.buffer.receive(step)
  }

  sendAll(bytes: Uint8Array | ReadonlyArray<Uint8Array>) {
    return this.queue.sendAll(bytes)
  }

  get shutdownSend() {
    return this.queue.shutdownSend
  }

  get awaitEnd() {
    return this.buffer.awaitEnd
  }

  readonly stats = Effect.sync(
    (): Socket.Stats => ({
      bytesReceived: this.buffer.received,
      bytesBuffered: this.buffer.size,
      bytesSent: this.queue.sent,
      bytesUnsent: this.queue.bytesWaiting + (this.queue.isFlushing ? this.socket.writableLength : 0)
    })
  )

  readonly close = Effect.suspend(() => {
    if (this.closing === undefined) {
      this.beginClose()
    }
    return this.closed
  })

  readonly abort = Effect.suspend(() => {
    this.beginAbort()
    return this.closed
  })

  private readonly closed = Effect.async<void>(resume => {
    if (this.gone) {
      resume(Effect.void)
      return
    }
    this.closeWaiters.add(resume)
    return Effect.sync(() => this.closeWaiters.delete(resume))
  })

  /** True when the kernel has taken all: then the buffers are the caller's again. */
  private write(buffers: Buffers): boolean {
    const { socket } = this
    if (buffers instanceof Uint8Array) {
      socket.write(buffers, this.onWritten)
    } else {
      socket.cork()
      for (let i = 0; i < buffers.length - 1; i++) {
        socket.write(buffers[i]!)
      }
      socket.write(buffers[buffers.length - 1]!, this.onWritten)
      socket.uncork()
    }
    if (socket.errored !== null) {
      this.onError(socket.errored)
      return false
    }
    return socket.writableLength === 0 && !socket.destroyed
  }

  /** Called with null after a destroy too, so it says nothing but "look again". */
  private readonly onWritten = () => {
    if (
      this.queue.isFlushing &&
      this.socket.writableLength === 0 &&
      !this.socket.destroyed &&
      this.socket.errored === null
    ) {
      this.queue.drained()
      if (this.closing !== undefined) {
        this.finish()
      }
    }
  }

  private endHalf(): void {
    this.source.step()
    this.socket.end(() => this.queue.finished())
  }

  private onError(error: Error | undefined): void {
    this.source.drain()
    this.broken(error)
  }

  private broken(error: Error | undefined): void {
    const { localAddress, remoteAddress } = this
    const code = codeOf(error)
    const peer = { localAddress, remoteAddress, code, cause: error }
    // A reset of a peer that had ended is EPIPE, and takes nothing from what it said; without an end it is ECONNRESET.
    if (this.source.sawEnd && (code === undefined || code === "EPIPE")) {
      this.buffer.end()
    }
    const recv = recvReason(code)
    this.buffer.fail(new RecvError({ reason: recv, ...peer, by: recv === "TimedOut" ? "kernel" : undefined }))
    const reason = sendReason(code)
    const by = reason === "TimedOut" ? ("kernel" as const) : undefined
    this.queue.fail(bytesRequested => new SendError({ reason, ...peer, by, bytesRequested, bytesAccepted: 0 }))
  }

  /** What has come can still be received; beyond it there is nothing. */
  private onClose(): void {
    clearTimeout(this.graceTimer)
    if (this.closing === undefined) {
      this.broken(this.socket.errored ?? undefined)
    }
    this.letGo()
  }

  private letGo(): void {
    this.gone = true
    for (const resume of this.closeWaiters) {
      resume(Effect.void)
    }
    this.closeWaiters.clear()
  }

  private beginClose(): void {
    this.closing = "end"
    this.refuse()
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
    if (this.options.closeGrace <= longestTimer) {
      this.graceTimer = setTimeout(() => {
        if (this.queue.isFlushing) {
          this.closing = "reset"
        }
        this.destroy()
      }, this.options.closeGrace)
    }
    if (!this.queue.isFlushing) {
      this.finish()
    }
  }

  private beginAbort(): void {
    const isEnding = this.socket.writableEnded && !this.socket.writableFinished
    this.closing = "reset"
    this.refuse()
    // libuv cannot reset while it shuts down. That is done within a turn, since nothing was left to flush.
    if (isEnding) {
      this.socket.once("finish", () => this.destroy())
    } else {
      this.destroy()
    }
  }

  private refuse(): void {
    this.buffer.close()
    this.queue.close()
  }

  /** Nothing is left to flush. */
  private finish(): void {
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
