/**
 * The sizes of the pieces in which a connection reads bytes and accepts bytes to send. A fault or a profile can change
 * them.
 *
 * @internal
 */
import { Chance } from "../time/index.ts"
import { Overlay } from "./overlay.ts"

/**
 * The sizes of pieces: `bytes` is one byte at a time, `whole` is all bytes that are available, `random` is a random
 * number of bytes.
 *
 * @since 0.1.0
 * @category models
 */
export type Fragmentation = "bytes" | "whole" | "random"

/** The most bytes of a piece. `whole` has no limit. */
const longest = 65_536

/** The sizes of pieces in a world. Faults can change them. */
export class Fragments {
  readonly how: Overlay<Fragmentation | "as it comes">
  readonly seed: number

  constructor(seed: number, how: Fragmentation | "as it comes") {
    this.seed = seed
    this.how = new Overlay<Fragmentation | "as it comes">(how)
  }
}

/** Chooses the size of each piece for one end of a connection. */
export class Fragmenter {
  private readonly fragments: Fragments
  private readonly end: string
  private chance: Chance | undefined

  constructor(fragments: Fragments, end: string) {
    this.fragments = fragments
    this.end = end
  }

  /** True if the reader gets only one piece before other fibers run, so that the program sees each piece by itself. */
  get areSeen(): boolean {
    const { current } = this.fragments.how
    return current === "bytes" || current === "random"
  }

  /** Returns the size of the next piece, from 1 to `available`. `available` is at least 1. */
  size(available: number): number {
    const { current } = this.fragments.how
    if (current === "as it comes") return Math.min(available, longest)
    if (current === "whole") return available
    if (current === "bytes") return 1
    this.chance ??= new Chance(this.fragments.seed, `fragments of ${this.end}`)
    return 1 + this.chance.below(Math.min(available, longest))
  }
}
