/**
 * `SIM_SEED`: the seed that whoever looks into a failure wants.
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
    : Either.left(ConfigError.InvalidData([name], `a seed is an integer, and this is ${JSON.stringify(text)}`))
)

/** What it is set to. Empty it is not set; what is no integer is a mistake of whoever set it. */
export const wanted: Effect.Effect<number | undefined> = Effect.catchAll(
  Config.withDefault(integer, undefined),
  error => Effect.die(new Cause.IllegalArgumentException(String(error)))
)
