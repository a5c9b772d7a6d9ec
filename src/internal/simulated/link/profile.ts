/**
 * The named kinds of networks. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import { constant, type Distribution } from "./distribution.ts"
import type { Fragmentation } from "./fragments.ts"
import type { Quality } from "./link.ts"

/**
 * The kind of network of a world. Latencies are averages, in one direction.
 *
 * - `calm`: no latency, no loss, no limit of bandwidth.
 * - `lan`: latency 0.25 ms, bandwidth 1 Gbit/s, no loss.
 * - `wan`: latency 30 ms, bandwidth 100 Mbit/s. 1 segment in 1,000 is lost.
 * - `awful`: latency 150 ms, but 1 to 5 s for 1 segment in 20. Bandwidth 250 kB/s. 1 segment in 20 is lost. Bytes are
 *   received and accepted in pieces of random size.
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
