/**
 * How long things take on a simulated network: always the same, or as chance will have it, drawn from the seed of the world
 * anew for each segment. What is drawn is a multiple of an eighth of a millisecond.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { Distribution } from "./internal/simulated/link/index.ts"
import { latencyOf } from "./internal/simulated/world/index.ts"

/**
 * A distribution of times, made by the functions of this module.
 *
 * @since 0.1.0
 * @category models
 */
export type Latency = Distribution

/**
 * Always as long.
 *
 * @since 0.1.0
 * @category constructors
 */
export const constant = (duration: Duration.DurationInput): Latency => latencyOf(duration)

/**
 * Anything from the shortest to the longest, as likely as anything else.
 *
 * @since 0.1.0
 * @category constructors
 */
export const uniform = (min: Duration.DurationInput, max: Duration.DurationInput): Latency => ({
  _tag: "Uniform",
  min: Duration.toMillis(min),
  max: Duration.toMillis(max)
})

/**
 * The shortest, and on top of it a time that has no bounds: `mean` on average, less than that two times of three, and ten
 * times as much once in 20,000.
 *
 * @since 0.1.0
 * @category constructors
 */
export const exponential = (min: Duration.DurationInput, mean: Duration.DurationInput): Latency => ({
  _tag: "Exponential",
  min: Duration.toMillis(min),
  mean: Duration.toMillis(mean)
})

/**
 * The usual one, and with the probability (from 0 to 1) the rare one: the tail that averages hide.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bimodal = (
  usual: Latency | Duration.DurationInput,
  rare: Latency | Duration.DurationInput,
  probability: number
): Latency => ({ _tag: "Bimodal", usual: latencyOf(usual), rare: latencyOf(rare), probability })
