/**
 * Random numbers from a seed. Each random choice has a stream of its own, named after what it decides. So one more draw for
 * one choice does not change the others.
 *
 * @internal
 */
import * as Hash from "effect/Hash"
import { PCGRandom } from "effect/Utils"

export class Chance {
  private readonly random: PCGRandom

  constructor(seed: number, name: string) {
    this.random = new PCGRandom(Hash.string(name), Hash.number(seed))
    // The first numbers of generators with similar seeds are close to each other, so the first number is not used.
    this.random.number()
  }

  /** Returns a number from 0 to 1, without 1. */
  next(): number {
    return this.random.number()
  }

  /** Returns an integer from 0 to `below`, without `below`. */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  /** Returns true with a probability: never for 0, always for 1. */
  hits(probability: number): boolean {
    return this.next() < probability
  }
}
