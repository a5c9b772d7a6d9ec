/**
 * What a client did that was not in its script. Public as part of `TestServer`.
 *
 * @internal
 */
import * as Data from "effect/Data"
import { quote, quoteBoth } from "./quote.ts"
import { format, nameOf, type Script } from "./step.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type DepartureReason = "OtherBytes" | "MoreBytes" | "End" | "Reset" | "NoScript" | "Closed"

const meaning = {
  OtherBytes: "the client sent other bytes",
  MoreBytes: "the client sent more than the script has",
  End: "the client ended",
  Reset: "the client reset the connection",
  NoScript: "one more client than there are scripts",
  Closed: "the server was closed"
} as const

const insteadOf = { End: "the end", Reset: "a reset" } as const

/** The last of the steps that were done. */
const mostDone = 10

/**
 * A client departed from its script: it sent something else than was expected (`OtherBytes`), or where nothing was
 * (`MoreBytes`), it ended or reset the connection too early, or it was one more than there are scripts (`NoScript`); or the
 * server was `Closed` before the script had been played. The message shows what was expected above what came.
 *
 * @since 0.1.0
 * @category errors
 */
export class ScriptDeparture extends Data.TaggedError("ScriptDeparture")<{
  readonly reason: DepartureReason
  /** Which connection, from 0 on. */
  readonly connection: number
  /** What it had to play. */
  readonly script: Script
  /** In which step, from 0 on; as many as the script has is after the last one. */
  readonly step: number
  /** What the step had received, what was not expected among it: of that the first KiB. */
  readonly received: Uint8Array
}> {
  override get message(): string {
    const { connection, reason, script, step } = this
    const where = step < script.length ? `, step ${step + 1} of ${script.length}` : ", after the last step"
    const place = `script, connection ${connection}${reason === "NoScript" ? "" : where}`
    return [`${place}: ${meaning[reason]}`, ...comparison(this), ...done(this)].join("\n")
  }
}

const comparison = (departure: ScriptDeparture): ReadonlyArray<string> => {
  const { reason, received, script, step } = departure
  if (reason === "NoScript") return []
  const expected = script[step]
  // What a step has received that was cut off is not known.
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
      return "  expected nothing more, for the script closes"
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
    ...(first > 0 ? [`    ... ${first} before`] : []),
    ...script.slice(first, step).map((each, i) => `    ${first + i + 1} ${format(each)}`)
  ]
}
