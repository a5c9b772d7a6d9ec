/**
 * Chance that comes of a seed. Whatever decides by chance has a stream of its own, named after what it decides, so that
 * one more draw here shifts nothing there.
 *
 * @internal
 */
import * as Hash from "effect/Hash"
import { PCGRandom } from "effect/Utils"

export class Chance {
  private readonly random: PCGRandom

  constructor(seed: number, name: string) {
    this.random = new PCGRandom(Hash.string(name), Hash.number(seed))
    // The first number of a generator is near to those of its neighbours.
    this.random.number()
  }

  /** From 0 up to 1. */
  next(): number {
    return this.random.number()
  }

  /** From 0 up to `below`, whole. */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  /** Never of probability 0, always of 1. */
  hits(probability: number): boolean {
    return this.next() < probability
  }
}
