/**
 * The kinds of networks that have a name. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import { constant, type Distribution } from "./distribution.ts"
import type { Fragmentation } from "./fragments.ts"
import type { Quality } from "./link.ts"

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
