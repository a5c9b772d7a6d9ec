/**
 * The bytes that are written at one end of a connection. They are accepted for sending in segments, while fewer than
 * `window` accepted bytes are unread at the other end.
 *
 * @internal
 */
import { type Buffers, bytesIn } from "../../send/index.ts"
import type { Fragmenter } from "../link/index.ts"

export class Writer {
  private readonly pieces: Fragmenter
  /** The most bytes that may be accepted and not yet read at the other end. */
  private readonly window: number
  private readonly send: (segment: Uint8Array) => void
  /** The buffers that are written and not accepted yet. */
  private unsent: Array<Uint8Array> = []
  /** The number of bytes that are accepted and not read yet at the other end. */
  private outstanding = 0

  constructor(pieces: Fragmenter, window: number, send: (segment: Uint8Array) => void) {
    this.pieces = pieces
    this.window = window
    this.send = send
  }

  get bytesUnsent(): number {
    return bytesIn(this.unsent)
  }

  get isStuck(): boolean {
    return this.unsent.length > 0
  }

  get room(): number {
    return this.window - this.outstanding
  }

  /** Writes buffers. Returns true if all bytes have been accepted. */
  write(buffers: Buffers): boolean {
    this.unsent = this.unsent.concat(buffers)
    return this.flush() === true
  }

  /**
   * Called when the other end has read this many bytes. Returns true if all bytes of a waiting write have now been
   * accepted. Returns `undefined` if the memory of the waiting write has been transferred to another thread.
   */
  acknowledged(bytes: number): boolean | undefined {
    this.outstanding -= bytes
    return this.isStuck && this.flush()
  }

  clear(): void {
    this.unsent = []
  }

  /**
   * True if accepting has to wait until half of the window is free, as in TCP. Without this wait, a peer that reads
   * small pieces would cause smaller and smaller segments. RFC 813 calls this the silly window syndrome.
   */
  private get waitsForRoom(): boolean {
    return this.pieces.areSeen && this.room * 2 < this.window && this.room < this.bytesUnsent
  }

  private flush(): boolean | undefined {
    while (this.unsent.length > 0 && this.room > 0 && !this.waitsForRoom) {
      const buffer = this.unsent[0]!
      const segment = copyOf(buffer, this.pieces.size(Math.min(buffer.length, this.room)))
      if (segment === undefined) return undefined
      if (segment.length === buffer.length) {
        this.unsent.shift()
      } else {
        this.unsent[0] = buffer.subarray(segment.length)
      }
      this.outstanding += segment.length
      this.send(segment)
    }
    return this.unsent.length === 0
  }
}

/**
 * Returns a copy of the first `bytes` bytes of a buffer, or `undefined` if the memory has been transferred to another
 * thread. Does not use `slice`, because the `slice` of a Buffer shares the memory of the Buffer.
 */
const copyOf = (buffer: Uint8Array, bytes: number): Uint8Array | undefined => {
  try {
    return new Uint8Array(buffer.subarray(0, bytes))
  } catch {
    return undefined
  }
}
