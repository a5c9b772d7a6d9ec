/**
 * The steps of a script, as data. Public as part of `TestServer`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import { quote } from "./difference.ts"

/** What a line has to be: whether a pattern finds something in its text, or a predicate holds of it. */
export type LinePattern = RegExp | ((line: string) => boolean)

/** What a scripted server does next, or waits for. The constructors of `TestServer` make them. */
export type Step =
  | { readonly _tag: "Expect"; readonly bytes: Uint8Array }
  | { readonly _tag: "ExpectLine"; readonly pattern: LinePattern }
  | { readonly _tag: "ExpectEnd" }
  | { readonly _tag: "ExpectReset" }
  | { readonly _tag: "Send"; readonly bytes: Uint8Array }
  | { readonly _tag: "Wait"; readonly duration: Duration.Duration }
  | { readonly _tag: "ShutdownSend" }
  | { readonly _tag: "Close" }
  | { readonly _tag: "Reset" }

/** The steps of a scripted server, each after the one before it. */
export type Script = ReadonlyArray<Step>

/** A copy, for the caller may write to it. */
export const bytesOf = (bytes: Uint8Array | string): Uint8Array =>
  typeof bytes === "string" ? new TextEncoder().encode(bytes) : Uint8Array.from(bytes)

export const nameOf = (pattern: LinePattern): string =>
  pattern instanceof RegExp ? String(pattern) : pattern.name || "(a predicate)"

/** A step as it is called, on one line. */
export const format = (step: Step): string => {
  switch (step._tag) {
    case "Expect":
      return `expect ${quote(step.bytes)}`
    case "ExpectLine":
      return `expectLine ${nameOf(step.pattern)}`
    case "Send":
      return `send ${quote(step.bytes)}`
    case "Wait":
      return `wait ${Duration.format(step.duration)}`
    default:
      return `${step._tag.charAt(0).toLowerCase()}${step._tag.slice(1)}`
  }
}
