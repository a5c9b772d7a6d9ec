/**
 * Assertions that need no test runner. An assertion that fails throws an Error, usually with the expected and the
 * actual value. Inside an effect, it is a defect.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as SocketError from "../../../SocketError.ts"

const show = (value: unknown): string =>
  value instanceof Uint8Array
    ? `${value.length} bytes [${value.subarray(0, 16).join(" ")}${value.length > 16 ? " ..." : ""}]`
    : typeof value === "string"
      ? JSON.stringify(value)
      : value instanceof Error
        ? `${value.name}: ${value.message}`
        : Option.isOption(value)
          ? Option.match(value, { onNone: () => "None (the end)", onSome: inner => `Some ${show(inner)}` })
          : Array.isArray(value)
            ? `[${value.slice(0, 20).map(show).join(", ")}${value.length > 20 ? `, ... ${value.length} in all` : ""}]`
            : String(value)

/** Throws an Error with this message if the condition is false. */
export const check = (condition: boolean, message: string): void => {
  if (!condition) throw new Error(message)
}

/** Checks that two values are equal: numbers, texts, addresses, bytes, Options, or lists of these. */
export const equal = (actual: unknown, expected: unknown, what: string): void =>
  check(same(actual, expected), `${what}: expected ${show(expected)}, got ${show(actual)}`)

const same = (a: unknown, b: unknown): boolean =>
  Array.isArray(a) && Array.isArray(b)
    ? a.length === b.length && a.every((item, i) => same(item, b[i]))
    : Option.isOption(a) && Option.isOption(b)
      ? same(Option.getOrUndefined(a), Option.getOrUndefined(b)) && a._tag === b._tag
      : a instanceof Uint8Array && b instanceof Uint8Array
        ? a.length === b.length && firstDifference(a, b) === undefined
        : Equal.equals(a, b)

const firstDifference = (a: Uint8Array, b: Uint8Array): number | undefined => {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return i
  }
  return undefined
}

/** Checks that the bytes are equal. The message names the first byte that differs, or the two lengths. */
export const sameBytes = (actual: Uint8Array, expected: Uint8Array, what: string): void => {
  const at = firstDifference(actual, expected)
  check(
    at === undefined,
    `${what}: byte ${at} of ${expected.length}: expected ${at === undefined ? "" : expected[at]}, got ${at === undefined ? "" : actual[at]}`
  )
  equal(actual.length, expected.length, `${what}: number of bytes`)
}

/** Checks that `actual` is a prefix of `whole`. */
export const prefixOf = (actual: Uint8Array, whole: Uint8Array, what: string): void => {
  check(actual.length <= whole.length, `${what}: received ${actual.length} bytes, but only ${whole.length} were sent`)
  sameBytes(actual, whole.subarray(0, actual.length), what)
}

type Tag = SocketError.SocketError["_tag"]

const outcomeOf = <A, E>(exit: Exit.Exit<A, E>): string =>
  Exit.match(exit, {
    onFailure: cause =>
      Option.match(Cause.failureOption(cause), { onNone: () => Cause.pretty(cause), onSome: error => show(error) }),
    onSuccess: value => `success: ${show(value)}`
  })

/**
 * Returns the error of a failed exit. Throws if the exit has no error, or if the error has another tag or another
 * reason. An empty list of reasons allows every reason.
 */
export const failed = <A, E>(
  exit: Exit.Exit<A, E>,
  tag: Tag,
  reasons: ReadonlyArray<string> | string,
  what: string
): E => {
  const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
  const { _tag, reason } = (error ?? {}) as { readonly _tag?: unknown; readonly reason?: unknown }
  const one = typeof reasons === "string" ? [reasons] : reasons
  check(
    _tag === tag && (one.length === 0 || one.includes(String(reason))),
    `${what}: expected ${[tag, one.join(" or ")].join(" ").trim()}, got ${outcomeOf(exit)}`
  )
  return error as E
}

/**
 * Timeout of an operation that should finish at once. It only ends an operation that hangs. It does not measure speed.
 */
export class PropertyTimeout extends Context.Reference<PropertyTimeout>()(
  "effect-sockets/Conformance/PropertyTimeout",
  {
    defaultValue: (): Duration.DurationInput => "20 seconds"
  }
) {}

/**
 * Runs the effect. If `timeout` passes first, interrupts the effect and returns None. It does not wait until the effect
 * has ended, because the effect may be uninterruptible.
 */
const limited = <A, E, R>(effect: Effect.Effect<A, E, R>, timeout: Duration.DurationInput) =>
  Effect.timeoutOption(Effect.disconnect(effect), timeout)

const hangs = (what: string, timeout: Duration.DurationInput): string =>
  `${what}: did not finish within ${Duration.format(timeout)}`

/** Runs the effect. Dies if the effect does not finish within `timeout`. */
export const within = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  timeout: Duration.DurationInput,
  what: string
): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    limited(effect, timeout),
    Option.match({ onNone: () => Effect.dieMessage(hangs(what, timeout)), onSome: value => Effect.succeed(value) })
  )

/** Runs an effect that should finish at once. Dies if the effect does not finish within `PropertyTimeout`. */
export const soon = <A, E, R>(effect: Effect.Effect<A, E, R>, what: string): Effect.Effect<A, E, R> =>
  Effect.flatMap(PropertyTimeout, timeout => within(effect, timeout, what))

/**
 * Runs an effect that should fail, and returns its error. Dies if the effect succeeds or does not finish within
 * `PropertyTimeout`. Also dies if the error has another tag or another reason. An empty list of reasons allows every
 * reason.
 */
export const fails = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  tag: Tag,
  reasons: ReadonlyArray<string> | string,
  what: string
): Effect.Effect<E, never, R> => Effect.map(Effect.exit(soon(effect, what)), exit => failed(exit, tag, reasons, what))

/** Returns the value of a successful exit. Throws if the exit is a failure. */
export const succeeded = <A, E>(exit: Exit.Exit<A, E>, what: string): A =>
  Exit.match(exit, {
    onFailure: () => {
      throw new Error(`${what}: expected success, got ${outcomeOf(exit)}`)
    },
    onSuccess: value => value
  })
