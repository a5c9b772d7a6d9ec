/**
 * A send in the queue. A long send with a timeout is handed over to the connection in pieces, so that the queue can see
 * its progress.
 * See docs/DECISIONS.md#timed-sends-go-out-in-pieces.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { SendError } from "../../SocketError.ts"
import type { AnyFiber } from "../waiting/index.ts"
import type { Buffers } from "./buffers.ts"

/** A send that waits in the queue or is in flight. */
export interface Entry {
  readonly buffers: Buffers
  readonly bytes: number
  /** Set if the send has a timeout. */
  readonly timed: TimedSend | undefined
  readonly observer: SendObserver | undefined
  exit: Exit.Exit<void, SendError> | undefined
  resume: ((effect: Effect.Effect<void, SendError>) => void) | undefined
}

/** Observes sends. */
export interface SendObserver {
  /** Called with the buffers of a send when the send begins. */
  sent(buffers: Buffers): void
}

/** A send with a timeout. It fails after `timeout` milliseconds without progress. */
export class TimedSend {
  readonly timeout: number
  readonly fiber: AnyFiber
  /** Set if the send has more than `pieceBytes` bytes. */
  readonly pieces: Pieces | undefined
  /** The time when the send began to wait. */
  since = 0

  constructor(timeout: number, fiber: AnyFiber, buffers: Buffers, bytes: number) {
    this.timeout = timeout
    this.fiber = fiber
    this.pieces = bytes > pieceBytes ? new Pieces(buffers, bytes) : undefined
  }
}

export const piecesOf = (entry: Entry | undefined): Pieces | undefined => entry?.timed?.pieces

/**
 * Returns how many bytes of an unfinished send the connection has taken. This is known only for a send in pieces. For
 * any other send, returns 0.
 */
export const acceptedOf = (entry: Entry): number => piecesOf(entry)?.taken ?? 0

/** The most bytes of a piece. A send of at most this length is not divided into pieces. */
export const pieceBytes = 64 * 1024

/**
 * Returns a part of the buffer, or `undefined` if the memory of the buffer was transferred. In Node 20, optimized code
 * can still see the old length of such a buffer, and `subarray` throws.
 */
const partOf = (buffer: Uint8Array, from: number, to: number): Uint8Array | undefined => {
  try {
    return buffer.subarray(from, to)
  } catch {
    return undefined
  }
}

/** Bytes that are handed over in pieces. Each piece is handed over when the piece before it has been taken. */
export class Pieces {
  /** The number of bytes that have not been handed over to the connection. */
  left: number
  /** The number of bytes that the connection has taken. */
  taken = 0
  /** The most bytes of a piece. */
  private readonly most: number
  private readonly buffers: ReadonlyArray<Uint8Array>
  private readonly lengths: ReadonlyArray<number>
  /** The next piece begins in the buffer `index`, at the byte `offset`. */
  private index = 0
  private offset = 0
  private current: ReadonlyArray<Uint8Array> | undefined

  constructor(buffers: Buffers, bytes: number, most = pieceBytes) {
    this.most = most
    // The list is copied, because the caller may change the list after a timeout, while the rest is still sent.
    this.buffers = buffers instanceof Uint8Array ? [buffers] : [...buffers]
    this.lengths = this.buffers.map(({ length }) => length)
    this.left = bytes
  }

  /** True if a piece has been handed over and the connection has not taken all of it. */
  get isWaiting(): boolean {
    return this.current !== undefined
  }

  /**
   * Returns the next piece, which the caller must hand over to the connection. If a buffer no longer has the length
   * that it had at first, returns `undefined`. `left` must not be 0.
   */
  next(): ReadonlyArray<Uint8Array> | undefined {
    const piece: Array<Uint8Array> = []
    let room = Math.min(this.most, this.left)
    this.left -= room
    while (room > 0) {
      const buffer = this.buffers[this.index]!
      const length = this.lengths[this.index]!
      if (buffer.length !== length) return undefined
      if (this.offset < length) {
        const part = partOf(buffer, this.offset, this.offset + room)
        if (part === undefined) return undefined
        room -= part.length
        this.offset += part.length
        piece.push(part)
      }
      if (this.offset === length) {
        this.index += 1
        this.offset = 0
      }
    }
    this.current = piece
    return piece
  }

  /** Records that the connection has taken the piece. If this has been recorded before, does nothing. */
  take(piece = this.current): void {
    if (piece === undefined || piece !== this.current) return
    this.current = undefined
    for (const part of piece) this.taken += part.length
  }
}
