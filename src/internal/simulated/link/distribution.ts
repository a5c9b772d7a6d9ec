/**
 * How long something takes: a constant, or by chance. Public as `Latency`.
 *
 * @internal
 */
import type { Chance } from "../time/chance.ts"
import type { Fragmentation } from "./fragments.ts"
import type { Quality } from "./link.ts"

/** In milliseconds. */
export type Distribution =
  | { readonly _tag: "Constant"; readonly millis: number }
  | { readonly _tag: "Uniform"; readonly min: number; readonly max: number }
  /** `min` and on top of it a time that is short mostly, and `mean` on average. */
  | { readonly _tag: "Exponential"; readonly min: number; readonly mean: number }
  /** Mostly the one, and with the probability the other. */
  | {
      readonly _tag: "Bimodal"
      readonly usual: Distribution
      readonly rare: Distribution
      readonly probability: number
    }

export const constant = (millis: number): Distribution => ({ _tag: "Constant", millis })

/** Times that are computed are multiples of it: a part of two, so that sums of them are exact, and short to read. */
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

/** In milliseconds. */
export const draw = (distribution: Distribution, chance: Chance): number =>
  distribution._tag === "Constant" ? distribution.millis : Math.round(drawn(distribution, chance) / grain) * grain

/**
 * What a world is like that nobody has described: `calm` has no delays; a `lan` takes a quarter of a millisecond, and a
 * gigabit a second fits through it; a `wan` takes 30 ms, loses one segment of a thousand, and has a tenth of that; an
 * `awful` one takes 150 ms, and of twenty segments one takes seconds and another one is lost, while 250 kB a second fit
 * through it and come in pieces of all sizes.
 *
 * @since 0.1.0
 * @category models
 */
export type Profile = "calm" | "lan" | "wan" | "awful"

export interface ProfileSettings extends Quality {
  readonly fragments?: Fragmentation
}

const exponential = (min: number, mean: number): Distribution => ({ _tag: "Exponential", min, mean })

const calm: ProfileSettings = { latency: constant(0), bandwidth: Number.POSITIVE_INFINITY, loss: 0 }

export const profiles: Readonly<Record<Profile, ProfileSettings>> = {
  calm,
  lan: { latency: exponential(0.125, 0.125), bandwidth: 125_000_000, loss: 0 },
  wan: { latency: exponential(20, 10), bandwidth: 12_500_000, loss: 0.001 },
  awful: {
    latency: {
      _tag: "Bimodal",
      usual: exponential(50, 100),
      rare: { _tag: "Uniform", min: 1000, max: 5000 },
      probability: 0.05
    },
    bandwidth: 250_000,
    loss: 0.05,
    fragments: "random"
  }
}
