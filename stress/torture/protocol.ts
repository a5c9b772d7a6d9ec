/** The messages between the torture run and its two other processes, the server and the attackers. */

/** What the server reports about itself. */
export interface Counts {
  /** The port without a timeout, the port at which each line has the timeout `deadline`, and the port with TLS. */
  readonly ports: { readonly plain: number; readonly deadline: number; readonly tls: number }
  /** The certificate of the authority that has signed the certificate of the port with TLS. */
  readonly ca: string
  /** TLS handshakes that run. */
  readonly handshaking: number
  readonly connections: number
  /** The gauge `open` of the server's metrics. It must agree with `connections`. */
  readonly open: number
  /** Connections refused so far because no descriptor was left. */
  readonly starved: number
  /** Connections refused so far because the accept queue was full. */
  readonly refused: number
  /** Handlers that died so far. */
  readonly defects: number
  readonly descriptors: number
  readonly fibers: number
  /** The heap plus the memory outside it, in bytes; after a garbage collection if `collect` was set. */
  readonly memory: number
  /** The highest `memory` since the last `begin`, in bytes, garbage included. */
  readonly peak: number
  /** The highest resident set size since the last `begin`, in bytes. */
  readonly peakRss: number
}

/** A question to the server. `collect` runs the garbage collector first. `begin` resets the peaks. */
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
  | "tlsSilent"
  | "tlsCut"
  | "descriptors"

/** A request to the attackers. */
export type Attack = { readonly load: LoadName; readonly port: number; readonly count: number } | "end"

export interface Attacked {
  /** Connections that were established. */
  readonly opened: number
  /** Connections of well-behaved peers that were not established or not answered. */
  readonly lost: number
  /** Slow connections (`slowloris`) that the server has closed. */
  readonly cut: number
  /** The longest time after which the server closed one of these, in milliseconds. */
  readonly slowestCut: number
}

/** How many handshakes `tlsCut` begins each second. */
export const cutsPerSecond = 500

/** The timeout of a line at `ports.deadline`, in milliseconds. */
export const deadline = 3000

/** The size of the answer to `big`, and of the pieces in which it is sent, in bytes. */
export const big = { bytes: 16 * 1024 * 1024, piece: 64 * 1024 }
