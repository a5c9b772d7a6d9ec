/** The rows of the torture table: each load, its size and its bounds. */
import { big, cutsPerSecond, deadline, type LoadName } from "./protocol.ts"

export interface Load {
  readonly name: LoadName
  readonly count: number
  readonly title: (count: number) => string
  /** How long the load continues after all connections have been made, in seconds. */
  readonly hold: number
  /** The most memory that each connection may add to the server, in bytes. */
  readonly each: number
  /** The most descriptors that the server may have. Default: the limit of this process. */
  readonly descriptors?: number
  /** True if the load and the polite client use the port with TLS. Default: false. */
  readonly tls?: boolean
}

const KiB = 1024

export const loads: ReadonlyArray<Load> = [
  { name: "idle", count: 10_000, title: n => `${n} idle connections`, hold: 3, each: 32 * KiB },
  { name: "burst", count: 5000, title: n => `${n} connections at once, a question each`, hold: 0, each: 32 * KiB },
  { name: "vanish", count: 10_000, title: n => `${n} connections whose process is killed`, hold: 0, each: 32 * KiB },
  { name: "reset", count: 1000, title: n => `${n} resets in the middle of a line`, hold: 0, each: 32 * KiB },
  { name: "unread", count: 1000, title: n => `${n} closes with unread bytes`, hold: 0, each: 256 * KiB },
  {
    name: "slowReader",
    count: 200,
    title: n => `${n} slow readers of ${big.bytes / KiB / KiB} MiB`,
    hold: 4,
    each: 256 * KiB
  },
  {
    name: "slowloris",
    count: 500,
    title: n => `${n} slowloris, deadline ${deadline / 1000} s`,
    hold: 0,
    each: 32 * KiB
  },
  { name: "random", count: 1000, title: n => `${n} connections that send random bytes`, hold: 0, each: 256 * KiB },
  { name: "tlsSilent", count: 1000, title: n => `${n} silent TLS handshakes`, hold: 4, each: 64 * KiB, tls: true },
  {
    name: "tlsCut",
    count: 2500,
    title: n => `${n} TLS handshakes that are cut, ${cutsPerSecond} each second`,
    hold: 0,
    each: 32 * KiB,
    tls: true
  },
  {
    name: "descriptors",
    count: 200,
    title: n => `${n} connections at ulimit -n 60`,
    hold: 2,
    each: 32 * KiB,
    descriptors: 60
  }
]
