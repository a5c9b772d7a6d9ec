/**
 * What takes the bytes of a socket.
 *
 * @internal
 */
import type { SendError } from "../../SocketError.ts"

/** One buffer, or several that go out as one. */
export type Buffers = Uint8Array | ReadonlyArray<Uint8Array>

export const bytesIn = (buffers: Buffers): number =>
  buffers instanceof Uint8Array ? buffers.length : buffers.reduce((sum, buffer) => sum + buffer.length, 0)

/** What a queue of senders needs of the thing that takes the bytes. */
export interface Sink {
  /** Hands over: true when all was taken at once, else `SendQueue.drained` or `SendQueue.fail` is called later. */
  write(buffers: Buffers): boolean
  /** Ends our half, then calls `SendQueue.finished`. Nothing is in flight. */
  end(): void
  /** The queue has been closed, and what was in flight then has been taken. */
  flushed(): void
  /** Runs the callback after other events have had their turn. */
  later(callback: () => void): void
  sendError(reason: SendError["reason"], bytesRequested: number, bytesAccepted?: number): SendError
  sendTimedOut(limit: number, bytesRequested: number, bytesAccepted: number): SendError
}
