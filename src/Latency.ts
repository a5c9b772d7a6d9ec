/**
 * How long segments and lookups take on a simulated network: always the same time, or a random time. A random time is
 * drawn for each segment and each lookup separately. It depends on the seed of the world, and is a multiple of 1/8 ms.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as option from "./internal/option/index.ts"
import type { Distribution } from "./internal/simulated/link/index.ts"
import { latencyOf } from "./internal/simulated/world/index.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Distribution
} from "./internal/simulated/link/index.ts"

/**
 * A distribution of times. The functions of this module make one.
 *
 * @since 0.1.0
 * @category models
 */
export type Latency = Distribution

/**
 * Makes a latency that is always the same.
 *
 * @since 0.1.0
 * @category constructors
 */
export const constant = (duration: Duration.DurationInput): Latency => latencyOf(duration, "duration")

/**
 * Makes a latency that is uniformly distributed between `min` and `max`, and then rounded.
 *
 * @since 0.1.0
 * @category constructors
 */
export const uniform = (min: Duration.DurationInput, max: Duration.DurationInput): Latency => ({
  _tag: "Uniform",
  min: option.millis("min", min),
  max: option.millis("max", max)
})

/**
 * Makes a latency of `min` plus an exponentially distributed time. That time is `mean` on average and has no upper
 * bound. Of those times, about 2 in 3 are below `mean`, and about 1 in 20,000 is above 10 times `mean`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const exponential = (min: Duration.DurationInput, mean: Duration.DurationInput): Latency => ({
  _tag: "Exponential",
  min: option.millis("min", min),
  mean: option.millis("mean", mean)
})

/**
 * Makes a latency that is `rare` with a probability from 0 to 1, and `usual` otherwise. Use it to test a program with a
 * few slow segments among many fast ones.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bimodal = (
  usual: Latency | Duration.DurationInput,
  rare: Latency | Duration.DurationInput,
  probability: number
): Latency => ({
  _tag: "Bimodal",
  usual: latencyOf(usual, "usual"),
  rare: latencyOf(rare, "rare"),
  probability: option.probability("probability", probability)
})
