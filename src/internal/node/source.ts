/**
 * The receiving half of a `net.Socket`: chunks as plain bytes, held back on demand, and an end that is no reset.
 *
 * @internal
 */
import type * as net from "node:net"
import type { Inlet } from "./inlet.ts"

/** Where the bytes go. */
export interface Receiver {
  push(chunk: Uint8Array): void
  ended(): void
  broken(error: Error): void
}

/**
 * Node's mark, in bytes: it is to hold no more than the chunk at which it is told to stop. Accepted sockets have it for
 * writing too, since a server of Node's has one for both; nobody asks for it there.
 */
export const highWaterMark = 1

export const nothing = new Uint8Array(0)

export abstract class NodeSource {
  /** The peer has ended, or so it seems. */
  sawEnd = false
  protected readonly socket: net.Socket
  protected readonly to: Receiver
  protected held = false
  /** Since our own end: chunk by chunk, unless held back. */
  protected stepwise = false
  /** Whether the transport has resets at all. */
  protected readonly canReset: boolean

  constructor(socket: net.Socket, canReset: boolean, to: Receiver) {
    this.socket = socket
    this.canReset = canReset
    this.to = to
    socket.on("end", () => this.onEnd())
    // It ended before anybody was there to hear it.
    if (socket.readableEnded) setImmediate(() => this.onEnd())
  }

  /** From now on chunks are given. */
  abstract start(): void

  /** Holds back what comes, or lets it come. */
  abstract hold(held: boolean): void

  /**
   * Before our own end, which is `then`. After it there is no asking whether an end is a reset (see `onEnd`), so it must
   * not come to that: libuv takes a reset for an end only while it reads on after a chunk. From here on it stops after
   * each, and so it has to after one that is being read just now.
   */
  abstract step(then: () => void): void

  /** What Node still has when the connection breaks. */
  abstract drain(): void

  /**
   * On a paused socket a reset after bytes arrives as an end. An empty write tells the two apart: it fails after a
   * reset, and does nothing after an end. A write in flight tells it as well, in the same turn of the event loop.
   */
  private onEnd(): void {
    const { socket, to } = this
    this.sawEnd = true
    if (!this.canReset || socket.writableEnded || socket.destroyed) {
      to.ended()
    } else if (socket.writableLength > 0) {
      setImmediate(() => setImmediate(() => to.ended()))
    } else {
      socket.write(nothing, () => (socket.errored === null ? to.ended() : to.broken(socket.errored)))
    }
  }
}

/** Of a socket that was accepted: Node allocates what it reads. */
export class DataSource extends NodeSource {
  /** In this turn of the event loop: Node may still be reading the chunk that did it. */
  private heldJustNow = false

  constructor(socket: net.Socket, canReset: boolean, to: Receiver) {
    super(socket, canReset, to)
    socket.on("data", this.onData)
    const pushed = socket.push
    // A chunk that would only pass through Node's stream (it flows, and has nothing) is taken before it.
    socket.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
      if (chunk === null || this.held || this.stepwise || !socket.readableFlowing || socket.readableLength > 0) {
        return pushed.call(socket, chunk, encoding)
      }
      this.onData(chunk)
      return true
    }
  }

  start(): void {
    this.socket.resume()
  }

  private readonly onData = (chunk: Buffer) =>
    this.to.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))

  hold(held: boolean): void {
    this.held = held
    if (this.stepwise) {
      this.readOne()
    } else if (held) {
      this.socket.pause()
      this.heldJustNow = true
      setImmediate(() => {
        this.heldJustNow = false
      })
    } else {
      this.socket.resume()
    }
  }

  step(then: () => void): void {
    this.stepwise = true
    this.socket.off("data", this.onData)
    this.socket.on("readable", () => setImmediate(() => this.readOne()))
    // Node reads on in this turn, unless it was held back before: what has come by now is asked for while it can be.
    if (this.canReset && (!this.held || this.heldJustNow)) this.socket.write(nothing, then)
    else then()
  }

  /** While there is a listener, `read` emits what it returns. */
  drain(): void {
    this.socket.off("data", this.onData)
    for (let chunk = this.socket.read(); chunk !== null; chunk = this.socket.read()) {
      this.onData(chunk)
    }
  }

  private readOne(): void {
    const chunk = this.held ? null : this.socket.read()
    if (chunk !== null) {
      this.onData(chunk)
    }
  }
}

/** Of a socket that we connected: it reads into an inlet. Node has nothing of its own then. */
export class InletSource extends NodeSource {
  private readonly inlet: Inlet

  constructor(socket: net.Socket, canReset: boolean, to: Receiver, inlet: Inlet) {
    super(socket, canReset, to)
    this.inlet = inlet
  }

  start(): void {
    this.inlet.attach(chunk => this.onRead(chunk))
    this.hold(this.held)
  }

  /** Held back, the next chunk is the last one. To go on is cheap where it has not stopped. */
  hold(held: boolean): void {
    this.held = held
    if (!held && !this.stepwise) this.socket.resume()
    else if (!held) this.resumeLater()
  }

  step(then: () => void): void {
    this.stepwise = true
    this.socket.pause()
    this.resumeLater()
    then()
  }

  /** Not in the turn in which it has stopped: whoever was woken by a chunk runs while it is still being read. */
  private resumeLater(): void {
    setImmediate(() => {
      if (!this.held) this.socket.resume()
    })
  }

  drain(): void {}

  private onRead(chunk: Uint8Array): boolean {
    this.to.push(chunk)
    if (this.stepwise) this.resumeLater()
    return !(this.stepwise || this.held)
  }
}
