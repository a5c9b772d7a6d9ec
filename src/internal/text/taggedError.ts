/**
 * The base of all error classes: `Data.TaggedError`, with fields that are safe to print.
 *
 * @internal
 */
import * as Data from "effect/Data"
import * as Inspectable from "effect/Inspectable"
import * as Predicate from "effect/Predicate"
import { shielded } from "./cause.ts"
import { plainFields } from "./plain.ts"

type Fields = Readonly<Record<string, unknown>>

/** Returns the cause as text. The constructor has made the cause safe. */
const causeOf = ({ cause }: Error): string | undefined => (cause === undefined ? undefined : String(cause))

/**
 * `Data.TaggedError` for errors whose fields may come from a peer. The text of an error is bounded, and control, bidi
 * and separator characters of its fields are escaped. This holds for `message`, `toString`, JSON, `console.log`,
 * `Cause.pretty` and a Logger. Printing never throws. A class must make its `message` with `messageOf` or `reportOf`.
 */
export const TaggedError: typeof Data.TaggedError = tag => {
  // The class is named `BaseEffectError`, because Effect removes the frames of constructors with this name from stacks.
  const { BaseEffectError } = {
    BaseEffectError: class extends Data.TaggedError(tag)<Fields> {
      constructor(fields: Fields) {
        super(Predicate.hasProperty(fields, "cause") ? { ...fields, cause: shielded(fields.cause) } : fields)
      }
      override toJSON(): unknown {
        return { ...plainFields(this), message: this.message, cause: causeOf(this) }
      }
      override [Inspectable.NodeInspectSymbol](): unknown {
        const frames = (this.stack ?? "").split("\n").filter(line => /^ +at /.test(line))
        const cause = causeOf(this)
        const fields = JSON.stringify(plainFields(this))
        return [String(this), ...frames, ...(cause === undefined ? [] : [`[cause]: ${cause}`]), fields].join("\n")
      }
    }
  }
  return BaseEffectError as never
}
