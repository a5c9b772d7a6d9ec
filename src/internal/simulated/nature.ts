/**
 * What a world is like, and the profiles that it can be made by.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import { constant, type Distribution } from "./distribution.ts"
import type { Fragments } from "./fragments.ts"
import type { Quality } from "./link.ts"

/** All decided. */
export interface Nature {
  readonly seed: number
  /** How many bytes may be on their way or unread, in each direction of a connection. */
  readonly window: number
  /** From one host to another. */
  readonly between: Quality
  /** From a host to itself. */
  readonly within: Quality
  readonly fragments: Fragments["how"]["current"]
}

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

interface Weather extends Quality {
  readonly fragments?: Nature["fragments"]
}

const exponential = (min: number, mean: number): Distribution => ({ _tag: "Exponential", min, mean })

const calm: Weather = { latency: constant(0), bandwidth: Number.POSITIVE_INFINITY, loss: 0 }

const profiles: Readonly<Record<Profile, Weather>> = {
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

/** What can be said of a world: see `SimulatedNetwork.Options`. */
export interface Description {
  readonly latency?: Duration.DurationInput | Distribution | undefined
  readonly window?: number | undefined
  readonly profile?: Profile | undefined
  readonly seed?: number | undefined
}

export const latencyOf = (latency: Duration.DurationInput | Distribution): Distribution =>
  typeof latency === "object" && "_tag" in latency ? latency : constant(Duration.toMillis(latency))

export const natureOf = ({ latency, profile, seed, window }: Description): Nature => {
  const weather = profiles[profile ?? "calm"]
  return {
    seed: seed ?? 0,
    window: Math.max(1, Math.floor(window ?? 256 * 1024)) || 1,
    between: latency === undefined ? weather : { ...weather, latency: latencyOf(latency) },
    within: weather,
    fragments: weather.fragments ?? "as it comes"
  }
}
