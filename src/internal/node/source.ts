/**
 * The receiving half of a `net.Socket`: chunks as plain arrays, held back on demand, and an end that is not a reset.
 *
 * @internal
 */
import type * as net from "node:net"
import type { Feed } from "../stream/index.ts"
import type { Inlet } from "./inlet.ts"

/**
 * Node's own high-water mark, in bytes: Node shall hold no more than the chunk at which it is told to stop. Accepted
 * sockets have it for writing too, since a `net.Server` has one mark for both; it has no effect there.
 */
export const nodeMark = 1

export const nothing = new Uint8Array(0)

export abstract class NodeSource {
  /** The peer has ended, or so it seems. */
  sawEnd = false
  protected readonly socket: net.Socket
  protected readonly feed: Feed
  protected isPaused = false
  /** Since our own end: reads chunk by chunk. */
  protected stepwise = false
  /** Whether connections of this kind can be reset at all. */
  protected readonly canReset: boolean
  private readonly broken: (error: Error) => void

  constructor(socket: net.Socket, canReset: boolean, feed: Feed, broken: (error: Error) => void) {
    this.socket = socket
    this.canReset = canReset
    this.feed = feed
    this.broken = broken
    socket.on("end", () => this.onEnd())
    // It ended before there was a listener.
    if (socket.readableEnded) setImmediate(() => this.onEnd())
  }

  /** From now on chunks are pushed. */
  abstract start(): void

  /** Pauses or resumes. */
  abstract setPaused(held: boolean): void

  /**
   * Called before our own end, which is `then`. After our end, an end cannot be told from a reset any more (see `onEnd`), so
   * a reset must not look like one. libuv takes a reset for an end only while it reads on after a chunk: so from here on
   * it stops after each chunk, and after the chunk that is being read just now.
   */
  abstract step(then: () => void): void

  /** Pushes what Node still holds when the connection breaks. */
  abstract drain(): void

  /**
   * On a paused socket, a reset that follows bytes arrives as an end. An empty write tells the two apart: it fails after a
   * reset, and does nothing after an end. A write in flight tells them apart too, in the same turn of the event loop.
   */
  private onEnd(): void {
    const { feed, socket } = this
    this.sawEnd = true
    if (!this.canReset || socket.writableEnded || socket.destroyed) {
      feed.end()
    } else if (socket.writableLength > 0) {
      setImmediate(() => setImmediate(() => feed.end()))
    } else {
      socket.write(nothing, () => (socket.errored === null ? feed.end() : this.broken(socket.errored)))
    }
  }
}

/** Of an accepted socket: Node allocates the memory that it reads into. */
export class DataSource extends NodeSource {
  /** Held back in this turn of the event loop: Node may still be reading the chunk that led to it. */
  private heldJustNow = false

  constructor(socket: net.Socket, canReset: boolean, feed: Feed, broken: (error: Error) => void) {
    super(socket, canReset, feed, broken)
    socket.on("data", this.onData)
    const pushed = socket.push
    // A chunk that would only pass through Node's stream, because that flows and is empty, is taken before it.
    socket.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
      if (chunk === null || this.isPaused || this.stepwise || !socket.readableFlowing || socket.readableLength > 0) {
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
    this.feed.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))

  setPaused(held: boolean): void {
    this.isPaused = held
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
    // Unless it was held back earlier, Node reads on in this turn: whether that was a reset is asked while it can be.
    if (this.canReset && (!this.isPaused || this.heldJustNow)) this.socket.write(nothing, then)
    else then()
  }

  /** While there is a `data` listener, `read` emits what it returns. */
  drain(): void {
    this.socket.off("data", this.onData)
    for (let chunk = this.socket.read(); chunk !== null; chunk = this.socket.read()) {
      this.onData(chunk)
    }
  }

  private readOne(): void {
    const chunk = this.isPaused ? null : this.socket.read()
    if (chunk !== null) {
      this.onData(chunk)
    }
  }
}

/** Of a socket that we connected: it reads into an inlet, and Node holds nothing. */
export class InletSource extends NodeSource {
  private readonly inlet: Inlet

  constructor(socket: net.Socket, canReset: boolean, feed: Feed, broken: (error: Error) => void, inlet: Inlet) {
    super(socket, canReset, feed, broken)
    this.inlet = inlet
  }

  start(): void {
    this.inlet.attach(chunk => this.onRead(chunk))
    this.setPaused(this.isPaused)
  }

  /** Held back, the next chunk is the last one. To resume is cheap if reading has not stopped. */
  setPaused(held: boolean): void {
    this.isPaused = held
    if (!held && !this.stepwise) this.socket.resume()
    else if (!held) this.resumeLater()
  }

  step(then: () => void): void {
    this.stepwise = true
    this.socket.pause()
    this.resumeLater()
    then()
  }

  /** Not in the turn in which it stopped: a fiber that a chunk woke runs while that chunk is still being read. */
  private resumeLater(): void {
    setImmediate(() => {
      if (!this.isPaused) this.socket.resume()
    })
  }

  drain(): void {}

  private onRead(chunk: Uint8Array): boolean {
    this.feed.push(chunk)
    if (this.stepwise) this.resumeLater()
    return !(this.stepwise || this.isPaused)
  }
}
