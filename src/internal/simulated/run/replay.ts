/**
 * The environment variable `SIM_SEED`: the seed with which a failure is replayed.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"

const name = "SIM_SEED"

const integer = Config.mapOrFail(Config.nonEmptyString(name), text =>
  /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))
    ? Either.right(Number(text))
    : Either.left(
        ConfigError.InvalidData([name], `must be an integer, at most 2^53 - 1, but is ${JSON.stringify(text)}`)
      )
)

/** Returns the seed, or undefined if the variable is not set or empty. A value that is not an integer is a defect. */
export const wanted: Effect.Effect<number | undefined> = Effect.catchAll(
  Config.withDefault(integer, undefined),
  error => Effect.die(new Cause.IllegalArgumentException(String(error)))
)
