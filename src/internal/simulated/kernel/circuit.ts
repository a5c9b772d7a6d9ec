/**
 * What an end of a simulated connection is given: what it has in common with the other one, what it has for itself, and
 * who is to be told.
 *
 * @internal
 */
import type { Failures, Fragments, Link } from "../link/index.ts"
import type { Trace } from "../look/index.ts"
import type { Timeline } from "../time/index.ts"

/** What the two ends have in common. */
export interface Circuit {
  readonly id: number
  readonly timeline: Timeline
  readonly trace: Trace
  /** How many bytes are accepted and not yet read, in each direction: what both kernels hold. */
  readonly window: number
  readonly fragments: Fragments
  readonly failures: Failures
}

/**
 * How long, in milliseconds, whoever waits at a socket of a crashed host is not told: until then it has been interrupted,
 * if it can be.
 */
export const dying = 1

/** What one of the two ends has for itself. */
export interface Side {
  readonly host: string
  /** The way to the other one. */
  readonly link: Link
  /** By the other host: else it connected itself. */
  readonly isAccepted: boolean
  readonly onClose: () => void
}

/** Why a connection is no more. */
export type Code = string

/** Whoever has the descriptor. */
export interface EndpointOwner {
  readonly push: (chunk: Uint8Array) => void
  readonly end: () => void
  /** The connection is no more; what had come has been pushed. */
  readonly broken: (code: Code) => void
  /** All that was written has been accepted. */
  readonly drained: () => void
}
