/**
 * Makes the cause of an error safe to print. This is needed because the message of a cause can quote bytes of a peer,
 * and because Effect prints causes unchanged, without a limit and without a check for cycles.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Inspectable from "effect/Inspectable"
import { plain } from "./plain.ts"
import { oneLine, printable } from "./print.ts"
import { escaped, isSafe } from "./safe.ts"

/** How many levels are printed below a cause: its own cause, and the cause of that cause. */
const deepest = 2
/** Messages of causes are cut after about this many characters. */
const longest = 200
/** The most stack frames of a cause that are printed. */
const mostFrames = 4
/** Stack frames are cut after about this many characters. */
const longestFrame = 120

/**
 * Returns a cause that prints as bounded, safe text. The result for an object has the object as its prototype, so
 * `instanceof` and the fields still work. An error that is safe to print is returned unchanged.
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

/**
 * True if the error is of a built-in class, and has few fields, all of them safe texts, numbers or `undefined`. Most
 * errors of the platform are like this, such as `ECONNREFUSED`.
 */
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

/** Returns what `read` returns, or `otherwise` if `read` throws. */
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
  const message = oneLine(said, longest)
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
    // Effect uses `in` on the prototype to look for a span. `in` throws for a revoked proxy, so a revoked proxy is not
    // used as the prototype.
    guarded(() => "stack" in original, undefined) === undefined ? Error.prototype : original,
    // These properties are not enumerable, so that Effect does not copy them.
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

/** Returns the text of a value that is not an error. */
const wordsOf = (value: object): string => {
  const copy = plain(value)
  return typeof copy === "string" ? copy : JSON.stringify(copy)
}

/**
 * Returns the first frames of the original's stack. `header` is the name and the message. If `header` has several lines
 * and the stack does not begin with it, returns no frame, because lines of the message could look like frames.
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

/** The most failures and defects of a Cause that are printed, in total. */
const mostReasons = 3

/**
 * Returns a Cause whose text is bounded and safe. It has at most three failures and defects, first the failures. A
 * Cause without a failure or defect, such as an interruption, is returned unchanged.
 */
export const shieldedCause = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> => {
  const reasons = [...Cause.failures(cause), ...Cause.defects(cause)]
  const [first, ...more] = reasons.slice(0, mostReasons).map(reason => Cause.fail(shielded(reason)))
  return first === undefined ? cause : more.reduce<Cause.Cause<unknown>>(Cause.parallel, first)
}
