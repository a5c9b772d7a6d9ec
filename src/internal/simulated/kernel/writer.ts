/**
 * What is written at an end of a connection, in the segments in which it is accepted, as far as there is room.
 *
 * @internal
 */
import { type Buffers, bytesIn } from "../../send/index.ts"
import type { Fragmenter } from "../link/index.ts"

export class Writer {
  private readonly pieces: Fragmenter
  /** How much may be accepted and not yet read at the other end. */
  private readonly window: number
  private readonly send: (segment: Uint8Array) => void
  /** Written and not yet accepted. */
  private unsent: Array<Uint8Array> = []
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

  /** True when all has been accepted. */
  write(buffers: Buffers): boolean {
    this.unsent = this.unsent.concat(buffers)
    return this.flush()
  }

  /** So much was read at the other end. True when all that was stuck has been accepted. */
  acknowledged(bytes: number): boolean {
    this.outstanding -= bytes
    return this.isStuck && this.flush()
  }

  clear(): void {
    this.unsent = []
  }

  /**
   * What is read in small pieces would else be sent in pieces that are smaller still, until they are bytes: the silly
   * window of RFC 813. So it waits for half of the window, as TCP does.
   */
  private get waitsForRoom(): boolean {
    return this.pieces.areSeen && this.room * 2 < this.window && this.room < this.bytesUnsent
  }

  private flush(): boolean {
    while (this.unsent.length > 0 && this.room > 0 && !this.waitsForRoom) {
      const buffer = this.unsent[0]!
      // A copy in any case, and a plain array: `slice` of a Buffer is neither.
      const segment = new Uint8Array(buffer.subarray(0, this.pieces.size(Math.min(buffer.length, this.room))))
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
