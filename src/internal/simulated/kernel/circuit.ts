/**
 * The types for one end of a simulated connection: what it shares with the other end, what it has for itself, and the
 * callbacks of its owner.
 *
 * @internal
 */
import type { Failures, Fragments, Link } from "../link/index.ts"
import type { Trace } from "../look/index.ts"
import type { Timeline } from "../time/index.ts"

/** The values that both ends of a connection share. */
export interface Circuit {
  readonly id: number
  readonly timeline: Timeline
  readonly trace: Trace
  /**
   * The most bytes in each direction that the kernel has accepted from the sender and that the receiver has not read
   * yet. This is the size of the buffers of both kernels together.
   */
  readonly window: number
  readonly fragments: Fragments
  readonly failures: Failures
}

/**
 * The time from the crash of a host until operations that wait on its sockets fail, in milliseconds. Programs that run
 * on the host are killed at the crash. So only programs that run elsewhere and use a socket of the host see such a
 * failure.
 */
export const dying = 1

/** The values of one end of a connection. */
export interface Side {
  readonly host: string
  /** The link to the host of the other end. */
  readonly link: Link
  /** True if this end was accepted, false if it connected. */
  readonly isAccepted: boolean
  /** Called when the descriptor of this end is closed, and when the host crashes. */
  readonly onClose: () => void
}

/** Why a connection is broken: the code of an error, such as `ECONNRESET`. */
export type Code = string

/** The callbacks of the owner of a descriptor. */
export interface EndpointOwner {
  /** Called with each received chunk. */
  readonly push: (chunk: Uint8Array) => void
  /** Called when the peer has ended its half, after all bytes of the peer have been pushed. */
  readonly end: () => void
  /** Called when the connection is broken, after all bytes that can still be read have been pushed. */
  readonly broken: (code: Code) => void
  /** Called when all bytes of a `write` that returned false have been accepted. */
  readonly drained: () => void
}
