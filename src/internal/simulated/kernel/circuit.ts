/**
 * The parts from which an end of a simulated connection is made: the parts that both ends share, the parts of one end,
 * and the callbacks of its owner.
 *
 * @internal
 */
import type { Failures, Fragments, Link } from "../link/index.ts"
import type { Trace } from "../look/index.ts"
import type { Timeline } from "../time/index.ts"

/** The parts that both ends share. */
export interface Circuit {
  readonly id: number
  readonly timeline: Timeline
  readonly trace: Trace
  /** The most bytes that may be accepted and not yet read, in each direction: the buffers of both kernels together. */
  readonly window: number
  readonly fragments: Fragments
  readonly failures: Failures
}

/**
 * The time from the crash of a host until operations that wait on its sockets fail, in milliseconds. The programs on
 * the host are killed before that, so only programs that run elsewhere see these failures.
 */
export const dying = 1

/** The parts of one end. */
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
  /** Called when the peer has ended its half and all its bytes have been pushed. */
  readonly end: () => void
  /** Called when the connection is broken. All bytes that could still be read have been pushed. */
  readonly broken: (code: Code) => void
  /** Called when all bytes of a `write` that returned false have been accepted. */
  readonly drained: () => void
}
