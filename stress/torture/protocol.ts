/** What the torture asks of its two other processes, the server and the attackers, and what they answer. */

/** What the server has, as it is now. */
export interface Counts {
  /** Where it listens without a limit of time, and with the deadline. */
  readonly ports: { readonly plain: number; readonly deadline: number }
  readonly connections: number
  /** The gauge of the metrics: the same by another count. */
  readonly open: number
  /** Connections turned away so far: for want of descriptors, and because the accept queue was full. */
  readonly starved: number
  readonly refused: number
  /** Handlers that died. */
  readonly defects: number
  readonly descriptors: number
  readonly fibers: number
  /** The heap and what is outside of it, buffers above all, in bytes: collected, if that was asked. */
  readonly memory: number
  /** The most of it since it was last asked to begin, with what was not yet collected. */
  readonly peak: number
  readonly peakRss: number
}

/** To the server. `collect` runs the collector first, `begin` begins the peak anew. */
export interface Look {
  readonly collect: boolean
  readonly begin: boolean
}

export type LoadName =
  | "idle"
  | "burst"
  | "vanish"
  | "reset"
  | "unread"
  | "slowReader"
  | "slowloris"
  | "random"
  | "descriptors"

/** To the attackers. */
export type Attack = { readonly load: LoadName; readonly port: number; readonly count: number } | "end"

export interface Attacked {
  /** Connections that were made. */
  readonly opened: number
  /** Connections that an honest peer would complain of: not made, or not answered. */
  readonly lost: number
  /** Those that the server ended. */
  readonly cut: number
  /** Of those, the one that lived longest, in milliseconds. */
  readonly slowestCut: number
}

/** How long one line may take at the port with the deadline, in milliseconds. */
export const deadline = 3000

/** What the server answers to `big`, in bytes, and how much of it is made at a time. */
export const big = { bytes: 16 * 1024 * 1024, piece: 64 * 1024 }
