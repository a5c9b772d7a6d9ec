/**
 * The error when a client departs from its script: it does something that the script of the test server does not
 * expect. Public as part of `TestServer`.
 *
 * @internal
 */
import { reportOf, TaggedError } from "../text/index.ts"
import { quote, quoteBoth } from "./quote.ts"
import { format, nameOf, type Script } from "./step.ts"

/**
 * How a client departed from its script:
 * - `OtherBytes`: the client sent other bytes than expected.
 * - `MoreBytes`: the client sent bytes where the script expects none.
 * - `End`: the client ended too early, or instead of a reset.
 * - `Reset`: the client reset the connection too early, or the connection broke in another way.
 * - `NoScript`: there were more clients than scripts.
 * - `Closed`: the server was closed before the script had ended.
 *
 * @since 0.1.0
 * @category models
 */
export type DepartureReason = "OtherBytes" | "MoreBytes" | "End" | "Reset" | "NoScript" | "Closed"

const meaning = {
  OtherBytes: "the client sent other bytes than expected",
  MoreBytes: "the client sent more than the script expects",
  End: "the client ended too early",
  Reset: "the client reset the connection",
  NoScript: "no script is left for this client",
  Closed: "the server was closed before the script had ended"
} as const

const insteadOf = { End: "the end", Reset: "a reset" } as const

/** The most completed steps that a message shows. */
const mostDone = 10

/**
 * A client departed from its script. The message shows what the script expected, if a script is left, and what the
 * server received, if that is known.
 *
 * @since 0.1.0
 * @category errors
 */
export class ScriptDeparture extends TaggedError("ScriptDeparture")<{
  /** How the client departed from the script. */
  readonly reason: DepartureReason
  /** The number of the connection, from 0. */
  readonly connection: number
  /** The script of the connection. */
  readonly script: Script
  /**
   * The number of the step in which the client departed, from 0. If the client departed after the last step, this is
   * the number of steps.
   */
  readonly step: number
  /**
   * The bytes that the step received: the expected bytes that came, and at most 1 KiB of other bytes. Empty for
   * `Closed`.
   */
  readonly received: Uint8Array
}> {
  override get message(): string {
    return reportOf(() => {
      const { connection, reason, script, step } = this
      const where = step < script.length ? `, step ${step + 1} of ${script.length}` : ", after the last step"
      const place = `script, connection ${connection}${reason === "NoScript" ? "" : where}`
      return [`${place}: ${meaning[reason]}`, ...comparison(this), ...done(this)].join("\n")
    })
  }
}

const comparison = (departure: ScriptDeparture): ReadonlyArray<string> => {
  const { reason, received, script, step } = departure
  if (reason === "NoScript") return []
  const expected = script[step]
  // The server was closed during the step. So it is not known which bytes the step received.
  if (reason === "Closed") return [expectation(departure)]
  if (expected?._tag !== "Expect" || received.length === 0) {
    return [expectation(departure), `  received ${came(departure, quote(received))}`]
  }
  const { at, before, one, other } = quoteBoth(expected.bytes, received)
  const marker = `${" ".repeat(before)}^ byte ${at}`
  return [`  expected ${one}`, `  received ${came(departure, other)}`, `           ${marker}`]
}

const expectation = ({ script, step }: ScriptDeparture): string => {
  const expected = script[step]
  if (expected === undefined) return "  expected the end"
  switch (expected._tag) {
    case "Expect":
      return `  expected ${quote(expected.bytes)}`
    case "ExpectLine":
      return `  expected a line that matches ${nameOf(expected.pattern)}`
    case "ExpectReset":
      return "  expected a reset"
    case "Close":
      return "  expected nothing more, because the script closes here"
    case "ExpectEnd":
      return "  expected the end"
    default:
      return `  in step  ${format(expected)}`
  }
}

const came = ({ reason, received }: ScriptDeparture, bytes: string): string => {
  const then = reason === "End" || reason === "Reset" ? insteadOf[reason] : undefined
  if (then === undefined) return bytes
  return received.length > 0 ? `${bytes}, then ${then}` : then
}

const done = ({ script, step }: ScriptDeparture): ReadonlyArray<string> => {
  if (step === 0) return []
  const first = Math.max(0, step - mostDone)
  return [
    "  steps done",
    ...(first > 0 ? [`    ... ${first} earlier`] : []),
    ...script.slice(first, step).map((each, i) => `    ${first + i + 1} ${format(each)}`)
  ]
}
