/**
 * What a world is like, all decided.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import { constant, type Distribution } from "../link/distribution.ts"
import type { Fragments } from "../link/fragments.ts"
import type { Quality } from "../link/link.ts"
import { weathers } from "../link/profile.ts"
import type { Options } from "./options.ts"

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

export const latencyOf = (latency: Duration.DurationInput | Distribution): Distribution =>
  typeof latency === "object" && "_tag" in latency ? latency : constant(Duration.toMillis(latency))

export const natureOf = ({ latency, profile, seed, window }: Options): Nature => {
  const weather = weathers[profile ?? "calm"]
  return {
    seed: seed ?? 0,
    window: Math.max(1, Math.floor(window ?? 256 * 1024)) || 1,
    between: latency === undefined ? weather : { ...weather, latency: latencyOf(latency) },
    within: weather,
    fragments: weather.fragments ?? "as it comes"
  }
}
