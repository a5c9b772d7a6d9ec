/** The rows of the torture: what each load is, and what must hold of it. */
import { big, deadline, type LoadName } from "./protocol.ts"

export interface Load {
  readonly name: LoadName
  readonly count: number
  readonly title: (count: number) => string
  /** How long it goes on when all of them have come, in seconds. */
  readonly hold: number
  /** How much memory one connection of it may take, in bytes. */
  readonly each: number
  /** How many descriptors the server may have: as many as it is given, if nothing is said. */
  readonly descriptors?: number
}

const KiB = 1024

export const loads: ReadonlyArray<Load> = [
  { name: "idle", count: 10_000, title: n => `${n} idle connections`, hold: 3, each: 32 * KiB },
  { name: "burst", count: 5000, title: n => `${n} connections at once, each asks`, hold: 0, each: 32 * KiB },
  { name: "vanish", count: 10_000, title: n => `${n} vanish: their process is killed`, hold: 0, each: 32 * KiB },
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
  { name: "random", count: 1000, title: n => `${n} times random bytes`, hold: 0, each: 256 * KiB },
  {
    name: "descriptors",
    count: 200,
    title: n => `${n} connections at ulimit -n 60`,
    hold: 2,
    each: 32 * KiB,
    descriptors: 60
  }
]
