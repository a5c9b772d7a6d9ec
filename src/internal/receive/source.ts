/**
 * What gives the bytes of a socket.
 *
 * @internal
 */
import type { RecvError, TimedOutBy } from "../../SocketError.ts"
import type { Watched } from "../waiting/watchdog.ts"

/** What a buffer needs of the thing that fills it. */
export interface Source extends Pick<Watched, "later"> {
  /** Bytes from which on no more should come, until `resume`. */
  readonly highWaterMark: number
  pause(): void
  resume(): void
  recvError(reason: RecvError["reason"], bufsize?: unknown): RecvError
  recvTimedOut(by: TimedOutBy, limit: number): RecvError
  /** Takes back the memory of a chunk of which nothing was handed out. */
  recycle(chunk: Uint8Array): void
}
