/**
 * The steps of a script, as data. Public as part of `TestServer`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as option from "../option/index.ts"
import { quote } from "./quote.ts"

/** Matches the text of a line: a regular expression that is found in the text, or a predicate that returns true. */
export type LinePattern = RegExp | ((line: string) => boolean)

/**
 * A step of a scripted server: what it does or expects next. The constructors of `TestServer`, such as `send` and
 * `expect`, make steps.
 */
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

/**
 * The steps of a scripted server, in order: what it sends, and what it expects from the client. After the last step,
 * the client must end, and then the server closes. This does not apply if the last step is `close`, `reset` or
 * `expectReset`.
 */
export type Script = ReadonlyArray<Step>

/** Returns a copy of the bytes, because the caller may overwrite them. A text is encoded as UTF-8. */
export const bytesOf = (bytes: Uint8Array | string): Uint8Array =>
  typeof bytes === "string" ? new TextEncoder().encode(bytes) : Uint8Array.from(bytes)

export const nameOf = (pattern: LinePattern): string =>
  pattern instanceof RegExp ? String(pattern) : pattern.name || "(a predicate)"

/** Returns the name and the argument of a step, on one line. */
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
 * Waits for exactly these bytes, in pieces of any size. A text is encoded as UTF-8. The script fails with
 * `ScriptDeparture` if the client sends another byte, or if the client ends or resets before the last byte. Later bytes
 * are left for the next steps.
 *
 * @since 0.1.0
 * @category scripts
 */
export const expect = (bytes: Uint8Array | string): Step => ({ _tag: "Expect", bytes: bytesOf(bytes) })

/**
 * Waits for a line, and matches its text against `pattern`, without the `\n` or `\r\n` at its end. Each invalid UTF-8
 * sequence is replaced by U+FFFD. The script fails with `ScriptDeparture` if the line does not match or is longer than
 * 64 KiB. It also fails if the client ends or resets before the end of the line.
 *
 * @since 0.1.0
 * @category scripts
 */
export const expectLine = (pattern: LinePattern): Step => ({ _tag: "ExpectLine", pattern })

/**
 * Waits for the client's end. If the client sends or resets instead, the script fails with `ScriptDeparture`.
 *
 * @since 0.1.0
 * @category scripts
 */
export const expectEnd: Step = { _tag: "ExpectEnd" }

/**
 * Waits for the client's reset. If the client sends or ends instead, the script fails with `ScriptDeparture`. A Unix
 * socket cannot be reset on demand: there, a client resets only if it closes with unread bytes.
 *
 * @since 0.1.0
 * @category scripts
 */
export const expectReset: Step = { _tag: "ExpectReset" }

/**
 * Sends these bytes. A text is encoded as UTF-8. The script fails with `ScriptDeparture` if the client has closed or
 * reset the connection.
 *
 * @since 0.1.0
 * @category scripts
 */
export const send = (bytes: Uint8Array | string): Step => ({ _tag: "Send", bytes: bytesOf(bytes) })

/**
 * Waits for `duration`, by the Clock. Bytes, an end or a reset that arrive meanwhile are left for the next steps.
 *
 * @since 0.1.0
 * @category scripts
 */
export const wait = (duration: Duration.DurationInput): Step => ({
  _tag: "Wait",
  duration: option.duration("duration", duration)
})

/**
 * Ends the server's half of the connection. Later steps may expect bytes or an end, but cannot send.
 *
 * @since 0.1.0
 * @category scripts
 */
export const shutdownSend: Step = { _tag: "ShutdownSend" }

/**
 * Closes the connection. This step must be the last one. If the client has already reset the connection, or has sent
 * bytes that no step expected, the script fails with `ScriptDeparture`. Later bytes and resets of the client are not
 * checked.
 *
 * @since 0.1.0
 * @category scripts
 */
export const close: Step = { _tag: "Close" }

/**
 * Resets the connection. This step must be the last one. Bytes that the client has already sent are not checked.
 *
 * @since 0.1.0
 * @category scripts
 */
export const reset: Step = { _tag: "Reset" }
