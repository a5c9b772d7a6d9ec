/**
 * The receiving half of a `net.Socket`: chunks as plain bytes, held back on demand, and an end that is no reset.
 *
 * @internal
 */
import type * as net from "node:net"

/** Where the bytes go. */
export interface Receiver {
  readonly push: (chunk: Uint8Array) => void
  readonly end: () => void
  readonly broken: (error: Error) => void
}

/** The buffer is ours: Node's own is to hold no more than the chunk at which it is told to stop. */
export const readableHighWaterMark = 1

const nothing = new Uint8Array(0)

export class NodeSource {
  /** The peer has ended, or so it seems. */
  sawEnd = false
  private readonly socket: net.Socket
  /** Whether the transport has resets at all. */
  private readonly canReset: boolean
  private readonly to: Receiver
  /** Since our own end: chunk by chunk, unless held back. */
  private stepwise = false
  private held = false

  constructor(socket: net.Socket, canReset: boolean, to: Receiver) {
    this.socket = socket
    this.canReset = canReset
    this.to = to
    socket.on("data", this.onData)
    socket.on("end", () => this.onEnd())
  }

  private readonly onData = (chunk: Buffer) =>
    this.to.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))

  hold(held: boolean): void {
    this.held = held
    if (this.stepwise) {
      this.readOne()
    } else if (held) {
      this.socket.pause()
    } else {
      this.socket.resume()
    }
  }

  /**
   * To be called before our own end. After it there is no asking whether an end is a reset (see `onEnd`), so it must not
   * come to that: libuv takes a reset for an end only while it reads on after a chunk. From here on it stops after each.
   */
  step(): void {
    this.stepwise = true
    this.socket.off("data", this.onData)
    this.socket.on("readable", () => setImmediate(() => this.readOne()))
  }

  private readOne(): void {
    const chunk = this.held ? null : this.socket.read()
    if (chunk !== null) {
      this.onData(chunk)
    }
  }

  /** What Node still has when the connection breaks. While there is a listener, `read` emits what it returns. */
  drain(): void {
    this.socket.off("data", this.onData)
    for (let chunk = this.socket.read(); chunk !== null; chunk = this.socket.read()) {
      this.onData(chunk)
    }
  }

  /**
   * On a paused socket a reset after bytes arrives as an end. An empty write tells the two apart: it fails after a
   * reset, and does nothing after an end. A write in flight tells it as well, in the same turn of the event loop.
   */
  private onEnd(): void {
    const { socket, to } = this
    this.sawEnd = true
    if (!this.canReset || socket.writableEnded || socket.destroyed) {
      to.end()
    } else if (socket.writableLength > 0) {
      setImmediate(() => setImmediate(() => to.end()))
    } else {
      socket.write(nothing, () => (socket.errored === null ? to.end() : to.broken(socket.errored)))
    }
  }
}
