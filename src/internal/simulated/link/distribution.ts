/**
 * How long something takes: a constant time or a random one. Public as `Latency`.
 *
 * @internal
 */
import type { Chance } from "../time/index.ts"

/** A distribution of times, in milliseconds. */
export type Distribution =
  | { readonly _tag: "Constant"; readonly millis: number }
  | { readonly _tag: "Uniform"; readonly min: number; readonly max: number }
  /** `min` plus an exponentially distributed time with the average `mean`. */
  | { readonly _tag: "Exponential"; readonly min: number; readonly mean: number }
  /** Draws from `rare` with `probability`, otherwise from `usual`. */
  | {
      readonly _tag: "Bimodal"
      readonly usual: Distribution
      readonly rare: Distribution
      readonly probability: number
    }

export const constant = (millis: number): Distribution => ({ _tag: "Constant", millis })

/**
 * Random times are rounded to multiples of `grain` milliseconds. `grain` is a power of two, so sums of times are exact,
 * and printed times are short.
 */
export const grain = 1 / 8

const drawn = (distribution: Distribution, chance: Chance): number => {
  switch (distribution._tag) {
    case "Constant":
      return distribution.millis
    case "Uniform":
      return distribution.min + chance.next() * (distribution.max - distribution.min)
    case "Exponential":
      return distribution.min - Math.log(1 - chance.next()) * distribution.mean
    case "Bimodal":
      return drawn(chance.hits(distribution.probability) ? distribution.rare : distribution.usual, chance)
  }
}

/** Draws a time, in milliseconds. */
export const draw = (distribution: Distribution, chance: Chance): number =>
  distribution._tag === "Constant" ? distribution.millis : Math.round(drawn(distribution, chance) / grain) * grain
