/**
 * A send that is handed over piece by piece, each when the one before has been taken, so that it can be seen whether it
 * gets on.
 *
 * @internal
 */
import type { Buffers } from "./sink.ts"

/** As much as is handed over at a time, in bytes: a send of no more has no pieces. */
export const pieceBytes = 64 * 1024

export class Pieces {
  /** In bytes: not yet handed over, and taken by the system. */
  left: number
  taken = 0
  private readonly buffers: ReadonlyArray<Uint8Array>
  /** Where the next piece begins: in which buffer, and at which byte of it. */
  private index = 0
  private offset = 0
  private current: ReadonlyArray<Uint8Array> | undefined

  constructor(buffers: Buffers, bytes: number) {
    // A list of its own: the send may time out, and its caller change the list that was given.
    this.buffers = buffers instanceof Uint8Array ? [buffers] : [...buffers]
    this.left = bytes
  }

  /** Whether a piece has been handed over and not been taken. */
  get isWaiting(): boolean {
    return this.current !== undefined
  }

  /** The next piece, which is being handed over. There must be something left. */
  next(): ReadonlyArray<Uint8Array> {
    const piece: Array<Uint8Array> = []
    let room = Math.min(pieceBytes, this.left)
    this.left -= room
    while (room > 0) {
      const buffer = this.buffers[this.index]!
      const part = buffer.subarray(this.offset, this.offset + room)
      room -= part.length
      this.offset += part.length
      if (this.offset === buffer.length) {
        this.index += 1
        this.offset = 0
      }
      if (part.length > 0) piece.push(part)
    }
    this.current = piece
    return piece
  }

  /** This piece has been taken, unless that is known. */
  take(piece = this.current): void {
    if (piece === undefined || piece !== this.current) return
    this.current = undefined
    for (const part of piece) this.taken += part.length
  }
}
