/**
 * A send in the queue, and a send with a timeout, which is handed over in pieces so that its progress can be seen.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { SendError } from "../../SocketError.ts"
import type { AnyFiber } from "../waiting/index.ts"
import type { Buffers } from "./buffers.ts"

/** A send that has not been handed over at once. */
export interface Entry {
  readonly buffers: Buffers
  readonly bytes: number
  /** Set if the send has a timeout. */
  readonly timed: TimedSend | undefined
  readonly observer: SendObserver | undefined
  exit: Exit.Exit<void, SendError> | undefined
  resume: ((effect: Effect.Effect<void, SendError>) => void) | undefined
}

/** Sees the buffers of each send when they are handed over. */
export interface SendObserver {
  sent(buffers: Buffers): void
}

/** A send with a timeout: it fails after `timeout` milliseconds without progress. */
export class TimedSend {
  readonly timeout: number
  readonly fiber: AnyFiber
  /** Set if the send is too long to be handed over at once. */
  readonly pieces: Pieces | undefined
  /** When it began to wait. */
  since = 0

  constructor(timeout: number, fiber: AnyFiber, buffers: Buffers, bytes: number) {
    this.timeout = timeout
    this.fiber = fiber
    this.pieces = bytes > pieceBytes ? new Pieces(buffers, bytes) : undefined
  }
}

export const piecesOf = (entry: Entry | undefined): Pieces | undefined => entry?.timed?.pieces

/** How many bytes of the send were taken, as far as is known before all of them are. */
export const acceptedOf = (entry: Entry): number => piecesOf(entry)?.taken ?? 0

/** How many bytes are handed over at a time. A shorter send has no pieces. */
export const pieceBytes = 64 * 1024

/** A send that is handed over piece by piece, each when the one before it has been taken. */
export class Pieces {
  /** In bytes: not handed over yet. */
  left: number
  /** In bytes: taken by the connection. */
  taken = 0
  private readonly buffers: ReadonlyArray<Uint8Array>
  /** Where the next piece begins: in which buffer, and at which byte of it. */
  private index = 0
  private offset = 0
  private current: ReadonlyArray<Uint8Array> | undefined

  constructor(buffers: Buffers, bytes: number) {
    // A copy of the list: after a timeout the caller may change the list, and the rest still goes out.
    this.buffers = buffers instanceof Uint8Array ? [buffers] : [...buffers]
    this.left = bytes
  }

  /** Whether a piece has been handed over and not been taken. */
  get isWaiting(): boolean {
    return this.current !== undefined
  }

  /** The next piece, to be handed over. `left` must not be 0. */
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

  /** The piece has been taken. Does nothing for a piece that is not the current one. */
  take(piece = this.current): void {
    if (piece === undefined || piece !== this.current) return
    this.current = undefined
    for (const part of piece) this.taken += part.length
  }
}
