/**
 * Checks options, because a caller in JavaScript has no compiler that does it. Most functions return the value in the
 * form in which it is used. If the value is invalid, they throw an `OptionError`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import { messageOf, printable, TaggedError } from "../text/index.ts"

/**
 * An option has an invalid value, such as `NaN`, a negative number or a value of another type. This is a mistake in the
 * program, so it is never a typed error of an effect. Functions throw it, and effects die with it.
 *
 * @since 0.1.0
 * @category errors
 */
export class OptionError extends TaggedError("OptionError")<{
  /** The name of the option. */
  readonly option: string
  /** The invalid value, unchanged. */
  readonly value: unknown
  /** Describes the values that are valid. */
  readonly expected: string
}> {
  override get message(): string {
    return messageOf(() => `option ${this.option} must be ${this.expected}, not ${printable(this.value)}`)
  }
}

const refuse = (option: string, value: unknown, expected: string): never => {
  throw new OptionError({ option, value, expected })
}

/**
 * Returns a number of bytes, connections or other things, rounded down. `Infinity` is allowed. A number from 0 to
 * `least` becomes `least`. A negative number is invalid.
 */
export const count = (option: string, value: number | undefined, otherwise?: number, least = 0): number =>
  value === undefined && otherwise !== undefined
    ? otherwise
    : typeof value === "number" && value >= 0
      ? Math.max(least, Math.floor(value))
      : refuse(option, value, "0 or a larger number")

/** Returns an integer from 0 to 255. */
export const byte = (option: string, value: number): number =>
  Number.isInteger(value) && value >= 0 && value <= 255 ? value : refuse(option, value, "an integer from 0 to 255")

/** Returns an integer from 0 to 65535. */
export const portNumber = (option: string, value: number | undefined, otherwise: number): number =>
  value === undefined
    ? otherwise
    : Number.isInteger(value) && value >= 0 && value <= 65_535
      ? value
      : refuse(option, value, "an integer from 0 to 65535")

/** Returns a seed, which is any finite number. Default: 0. */
export const seedOf = (value: number | undefined): number =>
  value === undefined ? 0 : Number.isFinite(value) ? value : refuse("seed", value, "a finite number")

export const probability = (option: string, value: number): number =>
  value >= 0 && value <= 1 ? value : refuse(option, value, "a number from 0 to 1")

/**
 * Returns a duration. A negative duration becomes 0, as in Effect, because a computed remaining time can be negative.
 */
export const duration = (
  option: string,
  value: Duration.DurationInput | undefined,
  otherwise?: Duration.DurationInput
): Duration.Duration => {
  if (value === undefined && otherwise !== undefined) return Duration.decode(otherwise)
  if (Number.isNaN(value)) refuse(option, value, duringWhat)
  try {
    return Duration.decode(value!)
  } catch {
    return refuse(option, value, duringWhat)
  }
}

const duringWhat = 'a duration, such as 500 (milliseconds) or "5 seconds"'

export const millis = (
  option: string,
  value: Duration.DurationInput | undefined,
  otherwise?: Duration.DurationInput
): number => Duration.toMillis(duration(option, value, otherwise))

type Choice = string | number | boolean

/** Returns the value if it is one of `choices`. */
export const requiredOneOf = <A extends Choice>(option: string, value: A, choices: ReadonlyArray<A>): A =>
  choices.includes(value) ? value : refuse(option, value, choices.map(choice => JSON.stringify(choice)).join(" or "))

/** Returns the value if it is one of `choices` or `undefined`. */
export const oneOf = <A extends Choice>(option: string, value: A | undefined, choices: ReadonlyArray<A>) =>
  value === undefined ? undefined : requiredOneOf(option, value, choices)

export const flag = (option: string, value: boolean | undefined, otherwise: boolean): boolean =>
  oneOf(option, value, [true, false]) ?? otherwise

/** Returns the value if it is a function. */
export const requiredCallback = <F>(option: string, value: F): F =>
  typeof value === "function" ? value : refuse(option, value, "a function")

/** Returns the value if it is a function or `undefined`. */
export const callback = <F>(option: string, value: F | undefined): F | undefined =>
  value === undefined ? undefined : requiredCallback(option, value)

/** Returns the value if it is an object with options or `undefined`. */
export const group = <A extends object>(option: string, value: A | undefined): A | undefined =>
  value === undefined || Predicate.isRecord(value) ? value : refuse(option, value, "an object")

/** Returns the value if it is a Schedule or `undefined`. */
export const scheduleOf = <A>(option: string, value: A): A =>
  value === undefined || Schedule.isSchedule(value) ? value : refuse(option, value, "a Schedule")

export const descriptor = (option: string, value: number): number =>
  typeof value === "number" ? value : refuse(option, value, "the number of an open file descriptor")

/** The valid values of each option for text. */
const textOptions = {
  encoding: ["ascii", "utf-8", "latin1"],
  onInvalid: ["fail", "replace", "ignore", "escape"],
  terminator: ["lf", "crlf", "any"]
} as const

/** Throws an `OptionError` if an option for text is invalid. */
export const checkText = (options: { readonly [Name in keyof typeof textOptions]?: string | undefined }): void => {
  oneOf<string>("encoding", options.encoding, textOptions.encoding)
  oneOf<string>("onInvalid", options.onInvalid, textOptions.onInvalid)
  oneOf<string>("terminator", options.terminator, textOptions.terminator)
}

/**
 * Runs `check` when the effect begins, and passes the checked options to `effect`. If an option is invalid, the effect
 * dies before it does anything else.
 */
export const checked = <S, A, E, R>(
  check: () => S,
  effect: (settings: S) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => Effect.suspend(() => effect(check()))
