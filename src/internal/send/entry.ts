/**
 * A send in the queue of senders, and what there is besides to one that has a limit.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { SendError } from "../../SocketError.ts"
import type { AnyFiber } from "../waiting/watchdog.ts"
import { Pieces, pieceBytes } from "./pieces.ts"
import type { Buffers } from "./sink.ts"

export interface Entry {
  readonly buffers: Buffers
  readonly bytes: number
  /** None where there is no limit. */
  readonly haste: Haste | undefined
  exit: Exit.Exit<void, SendError> | undefined
  resume: ((effect: Effect.Effect<void, SendError>) => void) | undefined
}

/** It has to get on within so many milliseconds. */
export class Haste {
  readonly timeout: number
  readonly fiber: AnyFiber
  /** Where it is too long to be handed over at once. */
  readonly pieces: Pieces | undefined
  /** When it began to wait. */
  since = 0

  constructor(timeout: number, fiber: AnyFiber, buffers: Buffers, bytes: number) {
    this.timeout = timeout
    this.fiber = fiber
    this.pieces = bytes > pieceBytes ? new Pieces(buffers, bytes) : undefined
  }
}

export const piecesOf = (entry: Entry | undefined): Pieces | undefined => entry?.haste?.pieces

/** How much of it the system has taken, as far as is known while it has not taken all. */
export const acceptedOf = (entry: Entry): number => piecesOf(entry)?.taken ?? 0
