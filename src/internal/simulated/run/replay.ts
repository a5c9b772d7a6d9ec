/**
 * The environment variable `SIM_SEED`: the seed that replays a failure.
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

/** Returns the seed, or undefined if `SIM_SEED` is unset or empty. If the value is not a safe integer, dies. */
export const wanted: Effect.Effect<number | undefined> = Effect.catchAll(
  Config.withDefault(integer, undefined),
  error => Effect.die(new Cause.IllegalArgumentException(String(error)))
)
