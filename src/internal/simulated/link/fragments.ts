/**
 * In what pieces a stream is read and accepted: as much as comes, or as a fault would have it.
 *
 * @internal
 */
import { Chance } from "../time/index.ts"
import { Overlay } from "./overlay.ts"

/**
 * A byte at a time, all that there is at once, or as much as chance will have it.
 *
 * @since 0.1.0
 * @category models
 */
export type Fragmentation = "bytes" | "whole" | "random"

/** As much as comes at once. */
const longest = 65_536

/** Of a world. */
export class Fragments {
  readonly how: Overlay<Fragmentation | "as it comes">
  readonly seed: number

  constructor(seed: number, how: Fragmentation | "as it comes") {
    this.seed = seed
    this.how = new Overlay<Fragmentation | "as it comes">(how)
  }
}

/** Of one end of a connection. */
export class Fragmenter {
  private readonly fragments: Fragments
  private readonly end: string
  private chance: Chance | undefined

  constructor(fragments: Fragments, end: string) {
    this.fragments = fragments
    this.end = end
  }

  /** Whether what is there is given piece by piece, so that whoever reads sees the pieces. */
  get areSeen(): boolean {
    const { current } = this.fragments.how
    return current === "bytes" || current === "random"
  }

  /** How much of so many bytes, one at least, is taken. */
  size(available: number): number {
    const { current } = this.fragments.how
    if (current === "as it comes") return Math.min(available, longest)
    if (current === "whole") return available
    if (current === "bytes") return 1
    this.chance ??= new Chance(this.fragments.seed, `fragments of ${this.end}`)
    return 1 + this.chance.below(Math.min(available, longest))
  }
}
