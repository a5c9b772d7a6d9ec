/**
 * The sizes of the pieces in which bytes are read and accepted. A fault or a profile can change them.
 *
 * @internal
 */
import { Chance } from "../time/index.ts"
import { Overlay } from "./overlay.ts"

/**
 * The sizes of pieces: one byte at a time, everything that is there at once, or random.
 *
 * @since 0.1.0
 * @category models
 */
export type Fragmentation = "bytes" | "whole" | "random"

/** The most bytes of a piece, unless it is `whole`. */
const longest = 65_536

/** The setting of a world. */
export class Fragments {
  readonly how: Overlay<Fragmentation | "as it comes">
  readonly seed: number

  constructor(seed: number, how: Fragmentation | "as it comes") {
    this.seed = seed
    this.how = new Overlay<Fragmentation | "as it comes">(how)
  }
}

/** Chooses the sizes for one end of a connection. */
export class Fragmenter {
  private readonly fragments: Fragments
  private readonly end: string
  private chance: Chance | undefined

  constructor(fragments: Fragments, end: string) {
    this.fragments = fragments
    this.end = end
  }

  /** True if the pieces are given to the reader one at a time, each in a turn of its own, so that the reader sees them. */
  get areSeen(): boolean {
    const { current } = this.fragments.how
    return current === "bytes" || current === "random"
  }

  /** Returns the size of the next piece, of `available` bytes. `available` is at least 1, and so is the size. */
  size(available: number): number {
    const { current } = this.fragments.how
    if (current === "as it comes") return Math.min(available, longest)
    if (current === "whole") return available
    if (current === "bytes") return 1
    this.chance ??= new Chance(this.fragments.seed, `fragments of ${this.end}`)
    return 1 + this.chance.below(Math.min(available, longest))
  }
}
