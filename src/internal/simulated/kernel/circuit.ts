/**
 * What an end of a simulated connection is made with: what both ends share, what belongs to one end, and the callbacks of
 * its owner.
 *
 * @internal
 */
import type { Failures, Fragments, Link } from "../link/index.ts"
import type { Trace } from "../look/index.ts"
import type { Timeline } from "../time/index.ts"

/** What the two ends share. */
export interface Circuit {
  readonly id: number
  readonly timeline: Timeline
  readonly trace: Trace
  /** The most bytes that may be accepted but not yet read, in each direction: the buffers of both kernels together. */
  readonly window: number
  readonly fragments: Fragments
  readonly failures: Failures
}

/**
 * Milliseconds from the crash of a host until operations that wait on its sockets fail. Programs on the host are killed
 * before that, so only programs that run elsewhere see it.
 */
export const dying = 1

/** What belongs to one end. */
export interface Side {
  readonly host: string
  /** The link to the host of the other end. */
  readonly link: Link
  /** True for the end that was accepted, false for the end that connected. */
  readonly isAccepted: boolean
  readonly onClose: () => void
}

/** Why a connection is broken: the code of an error, such as `ECONNRESET`. */
export type Code = string

/** The holder of the descriptor. */
export interface EndpointOwner {
  readonly push: (chunk: Uint8Array) => void
  readonly end: () => void
  /** The connection is broken. What could still be read has been pushed. */
  readonly broken: (code: Code) => void
  /** Everything written has been accepted. */
  readonly drained: () => void
}
