/**
 * Random numbers from a seed. Each kind of random choice has a name and its own generator, which is made from the seed
 * and the name. So one more draw for one kind does not change the numbers of the other kinds.
 *
 * @internal
 */
import * as Hash from "effect/Hash"
import { PCGRandom } from "effect/Utils"

export class Chance {
  private readonly random: PCGRandom

  constructor(seed: number, name: string) {
    this.random = new PCGRandom(Hash.string(name), Hash.number(seed))
    // Skips the first number: generators with similar seeds have similar first numbers.
    this.random.number()
  }

  /** Returns a number from 0 up to, but not including, 1. */
  next(): number {
    return this.random.number()
  }

  /** Returns an integer from 0 up to, but not including, `below`. */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  /** Returns true with the given probability: never for 0, always for 1. */
  hits(probability: number): boolean {
    return this.next() < probability
  }
}
