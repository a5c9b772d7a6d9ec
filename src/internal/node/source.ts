/**
 * Receives the bytes of a `net.Socket`: pushes them to the feed as plain Uint8Arrays, pauses and resumes, and detects
 * whether an end is a reset.
 *
 * @internal
 */
import type * as net from "node:net"
import type { Feed } from "../stream/index.ts"
import { checkEnds } from "./falseEnd.ts"
import type { Inlet } from "./inlet.ts"

/**
 * The high-water mark of Node's own buffer, in bytes. It is so low that Node buffers at most one chunk when we pause. A
 * `net.Server` has one mark for both directions. So accepted sockets also have this mark for writing, where it has no
 * effect.
 */
export const nodeMark = 1

export const nothing = new Uint8Array(0)

export abstract class NodeSource {
  /** True if Node has reported that the peer has ended. In fact, the peer may have reset: see `onEnd`. */
  sawEnd = false
  protected readonly socket: net.Socket
  protected readonly feed: Feed
  protected isPaused = false
  /** True after the call of `beforeEnd`. Reading then stops after each chunk. */
  protected readsStepwise = false
  /** True if the connection can be reset. A Unix socket cannot be reset. */
  protected readonly canReset: boolean
  private readonly broken: (error: Error) => void

  constructor(socket: net.Socket, canReset: boolean, feed: Feed, broken: (error: Error) => void) {
    this.socket = socket
    this.canReset = canReset
    this.feed = feed
    this.broken = broken
    if (!canReset) checkEnds(socket)
    socket.on("end", () => this.onEnd())
    // Node may have emitted the end event before this listener existed.
    if (socket.readableEnded) setImmediate(() => this.onEnd())
  }

  /** Starts to push chunks. */
  abstract start(): void

  /** Pauses or resumes reading. */
  abstract setPaused(paused: boolean): void

  /**
   * Called before we end our sending half. Prepares the end, then calls `then`, which ends our half. After that,
   * `onEnd` can no longer make an empty write to detect a reset. libuv reports a reset as an end only if it continues
   * to read after a chunk. Therefore reading stops after each chunk from now on, and also after the chunk that is being
   * read now.
   */
  abstract beforeEnd(then: () => void): void

  /** Pushes the bytes that Node still buffers. Called when the connection breaks. */
  abstract pushRest(): void

  /** Stops to push chunks, because Node's TLS takes the socket. Puts bytes that were pushed already back into it. */
  detach(pushed: Uint8Array): void {
    this.socket.pause()
    if (pushed.length > 0) this.socket.unshift(pushed)
  }

  /**
   * Called when Node reports an end. If a reset follows bytes on a paused socket, Node reports this reset as an end
   * too. An empty write shows the difference: the write fails after a reset and succeeds after an end. A write in
   * flight also shows the difference: after a reset, it fails in the same turn of the event loop.
   * See docs/DECISIONS.md#an-end-is-checked-for-a-reset.
   */
  onEnd(): void {
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

/** The source of an accepted socket. Node allocates the memory for reading. */
export class DataSource extends NodeSource {
  /** True if reading was paused in this turn of the event loop. Node may still read the chunk that caused the pause. */
  private pausedJustNow = false

  constructor(socket: net.Socket, canReset: boolean, feed: Feed, broken: (error: Error) => void) {
    super(socket, canReset, feed, broken)
    socket.on("data", this.onData)
    const pushed = socket.push
    // While Node's stream flows and is empty, a chunk would only pass through the stream. So the chunk goes directly to
    // the feed.
    socket.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
      if (
        chunk === null ||
        this.isPaused ||
        this.readsStepwise ||
        !socket.readableFlowing ||
        socket.readableLength > 0
      ) {
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

  setPaused(paused: boolean): void {
    this.isPaused = paused
    if (this.readsStepwise) {
      this.readOne()
    } else if (paused) {
      this.socket.pause()
      this.pausedJustNow = true
      setImmediate(() => {
        this.pausedJustNow = false
      })
    } else {
      this.socket.resume()
    }
  }

  beforeEnd(then: () => void): void {
    this.readsStepwise = true
    this.socket.off("data", this.onData)
    this.socket.on("readable", () => setImmediate(() => this.readOne()))
    // If the socket flows, or was paused only in this turn of the event loop, Node still reads in this turn, and may
    // report a reset as an end. The empty write runs before `then` and detects that.
    if (this.canReset && (!this.isPaused || this.pausedJustNow)) this.socket.write(nothing, then)
    else then()
  }

  /**
   * Removes the `data` listener first. While there is such a listener, `read` also emits the chunk that it returns, so
   * the chunk would be pushed twice.
   */
  pushRest(): void {
    this.socket.off("data", this.onData)
    for (let chunk = this.socket.read(); chunk !== null; chunk = this.socket.read()) {
      this.onData(chunk)
    }
  }

  override detach(pushed: Uint8Array): void {
    this.socket.off("data", this.onData)
    super.detach(pushed)
  }

  private readOne(): void {
    const chunk = this.isPaused ? null : this.socket.read()
    if (chunk !== null) {
      this.onData(chunk)
    }
  }
}

/** The source of a socket that `connect` opened. Node reads into the memory of an `Inlet`, and buffers nothing. */
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

  /** A pause takes effect after the next chunk. A resume costs little if reading has not stopped. */
  setPaused(paused: boolean): void {
    this.isPaused = paused
    if (!paused && !this.readsStepwise) this.socket.resume()
    else if (!paused) this.resumeLater()
  }

  beforeEnd(then: () => void): void {
    this.readsStepwise = true
    this.socket.pause()
    this.resumeLater()
    then()
  }

  /**
   * Resumes reading in a `setImmediate`. Before that, Node may not have finished the read of the chunk that woke the
   * current fiber.
   */
  private resumeLater(): void {
    setImmediate(() => {
      if (!this.isPaused) this.socket.resume()
    })
  }

  pushRest(): void {}

  private onRead(chunk: Uint8Array): boolean {
    this.feed.push(chunk)
    if (this.readsStepwise) this.resumeLater()
    return !(this.readsStepwise || this.isPaused)
  }
}
