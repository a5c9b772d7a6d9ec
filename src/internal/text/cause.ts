/**
 * Makes the cause of an error safe to print. A parser's message quotes what a peer sent, and Effect prints causes as they
 * are, without a limit and without a check for cycles.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Inspectable from "effect/Inspectable"
import { plain } from "./plain.ts"
import { printable } from "./print.ts"
import { escaped, isSafe } from "./safe.ts"

/** How many causes of causes are printed. */
const deepest = 2
/** The longest message of a cause, in characters. */
const longest = 200
/** How many frames of the stack of a cause are printed, and the longest frame, in characters. */
const mostFrames = 4
const longestFrame = 120

/**
 * Returns a cause that prints as bounded, safe text. Its other properties and its prototypes are those of the original,
 * so `instanceof` holds and its fields can be read. An error that is safe to print is returned itself.
 */
export const shielded = (cause: unknown, depth: number = deepest): unknown => {
  switch (typeof cause) {
    case "number":
    case "boolean":
    case "undefined":
      return cause
    case "string":
      return isSafe(cause, longest) ? cause : escaped(cause, longest)
    case "object":
      return cause === null || isSafeError(cause) ? cause : shield(cause, depth)
    default:
      return printable(cause)
  }
}

const builtIn: ReadonlySet<unknown> = /*#__PURE__*/ new Set([
  Error.prototype,
  RangeError.prototype,
  SyntaxError.prototype,
  TypeError.prototype
])

/** True for most errors of the platform, such as `ECONNREFUSED`: few own fields, all of them safe, and no cause. */
const isSafeError = (error: object): boolean => {
  try {
    const fields = error as Readonly<Record<PropertyKey, unknown>>
    const keys = Reflect.ownKeys(error)
    return (
      builtIn.has(Object.getPrototypeOf(error)) &&
      keys.length <= 10 &&
      keys.every(key => {
        const field = fields[key]
        if (typeof field === "string") return isSafe(key === "stack" ? field.replaceAll("\n", " ") : field, 1500)
        return typeof field === "number" || field === undefined
      }) &&
      isSafe(String(fields.message), longest)
    )
  } catch {
    return false
  }
}

/** Returns what `read` returns, or `otherwise` if the original throws. */
const guarded = <A>(read: () => A, otherwise: A): A => {
  try {
    return read()
  } catch {
    return otherwise
  }
}

const shield = (original: object, depth: number): unknown => {
  const error = original as { readonly name?: unknown; readonly message?: unknown; readonly cause?: unknown }
  const isError = guarded(() => original instanceof Error, false)
  const name = escaped(isError ? guarded(() => String(error.name), "Error") : "Error", 60)
  const said = guarded(() => (isError ? String(error.message) : wordsOf(original)), "(cannot be read)")
  const message = escaped(said.slice(0, 1000).replace(/\s+/g, " "), longest)
  const stack = [`${name}: ${message}`, ...guarded(() => framesOf(original, `${name}: ${said}`), [])].join("\n")
  const cause =
    depth > 0
      ? shielded(
          guarded(() => error.cause, undefined),
          depth - 1
        )
      : undefined
  const text = () => `${name}: ${message}`
  return Object.create(
    // Effect looks for a span with `in`, which throws for a revoked proxy.
    guarded(() => "stack" in original, undefined) === undefined ? Error.prototype : original,
    // Not enumerable, so that Effect does not copy them.
    {
      name: { value: name },
      message: { value: message },
      stack: { value: stack },
      cause: { value: cause },
      toString: { value: text },
      toJSON: { value: text },
      [Inspectable.NodeInspectSymbol]: { value: () => stack }
    }
  )
}

/** Returns a value that is not an error as text. */
const wordsOf = (value: object): string => {
  const copy = plain(value)
  return typeof copy === "string" ? copy : JSON.stringify(copy)
}

/**
 * Returns the frames of the original, if its stack begins with its message: a message of several lines may contain text
 * that looks like frames.
 */
const framesOf = (original: object, header: string): ReadonlyArray<string> => {
  const stack = "stack" in original ? String(original.stack) : ""
  const isTrusted = stack.startsWith(header) || !header.includes("\n")
  const lines = stack.slice(stack.startsWith(header) ? header.length : 0).split("\n", 30)
  return (isTrusted ? lines : [])
    .filter(line => /^ +at /.test(line))
    .slice(0, mostFrames)
    .map(line => escaped(line, longestFrame))
}

/** How many failures and defects of a Cause are printed. */
const mostReasons = 3

/** Returns a Cause that prints as bounded, safe text: its first failures and defects, or else the interruption. */
export const shieldedCause = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> => {
  const reasons = [...Cause.failures(cause), ...Cause.defects(cause)]
  const [first, ...more] = reasons.slice(0, mostReasons).map(reason => Cause.fail(shielded(reason)))
  return first === undefined ? cause : more.reduce<Cause.Cause<unknown>>(Cause.parallel, first)
}
