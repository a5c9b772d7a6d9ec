/**
 * The steps of a script, as data. Public as part of `TestServer`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import { quote } from "./quote.ts"

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

/**
 * Waits for just these bytes, a text in UTF-8, however they come. The client departs with the first byte that is another,
 * and if it ends or resets before the last. What it sends beyond them is for the next steps.
 *
 * @since 0.1.0
 * @category scripts
 */
export const expect = (bytes: Uint8Array | string): Step => ({ _tag: "Expect", bytes: bytesOf(bytes) })

/**
 * Waits for a line, and looks at its text without the `\n` or `\r\n` that ends it. The client departs if it is not as the
 * pattern has it, if it has more than 64 KiB, and if the client ends or resets before its end.
 *
 * @since 0.1.0
 * @category scripts
 */
export const expectLine = (pattern: LinePattern): Step => ({ _tag: "ExpectLine", pattern })

/**
 * Waits for the client's end. The client departs if it sends or resets instead.
 *
 * @since 0.1.0
 * @category scripts
 */
export const expectEnd: Step = { _tag: "ExpectEnd" }

/**
 * Waits for the client's reset. The client departs if it sends or ends instead, as it does with a Unix socket, which has no
 * reset.
 *
 * @since 0.1.0
 * @category scripts
 */
export const expectReset: Step = { _tag: "ExpectReset" }

/**
 * Sends these bytes, a text in UTF-8. The client departs if it has gone.
 *
 * @since 0.1.0
 * @category scripts
 */
export const send = (bytes: Uint8Array | string): Step => ({ _tag: "Send", bytes: bytesOf(bytes) })

/**
 * Waits for so long, by the Clock. What the client does meanwhile is for the next steps.
 *
 * @since 0.1.0
 * @category scripts
 */
export const wait = (duration: Duration.DurationInput): Step => ({
  _tag: "Wait",
  duration: Duration.decode(duration)
})

/**
 * Ends the server's half. It can still expect, and not send.
 *
 * @since 0.1.0
 * @category scripts
 */
export const shutdownSend: Step = { _tag: "ShutdownSend" }

/**
 * Closes, as the last step. The client departs if it has sent something by then that no step expected, or has reset;
 * what it does later is not seen.
 *
 * @since 0.1.0
 * @category scripts
 */
export const close: Step = { _tag: "Close" }

/**
 * Resets, as the last step, whatever the client has sent by then.
 *
 * @since 0.1.0
 * @category scripts
 */
export const reset: Step = { _tag: "Reset" }
