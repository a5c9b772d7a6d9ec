/**
 * In what pieces a stream is read and accepted: as much as comes, or as a fault would have it.
 *
 * @internal
 */
import { Chance } from "./chance.ts"
import { Layered } from "./layered.ts"

/**
 * A byte at a time, all that there is at once, or as much as chance will have it.
 *
 * @since 0.1.0
 * @category models
 */
export type Fragmentation = "bytes" | "whole" | "random"

/** As much as comes at once. */
const longest = 65_536

export class Fragments {
  readonly how: Layered<Fragmentation | "as it comes">
  private readonly seed: number

  constructor(seed: number, how: Fragmentation | "as it comes") {
    this.seed = seed
    this.how = new Layered<Fragmentation | "as it comes">(how)
  }

  /** Whether what is there is given piece by piece, so that whoever reads sees the pieces. */
  get isPiecemeal(): boolean {
    const { current } = this.how
    return current === "bytes" || current === "random"
  }

  /** How much of so many bytes, one at least, is taken: the draws are those of the end of a connection. */
  piece(available: number, chance: () => Chance): number {
    const { current } = this.how
    if (current === "as it comes") return Math.min(available, longest)
    if (current === "whole") return available
    return current === "bytes" ? 1 : 1 + chance().below(Math.min(available, longest))
  }

  chanceOf(end: string): Chance {
    return new Chance(this.seed, `fragments of ${end}`)
  }
}
