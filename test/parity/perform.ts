/**
 * Performs a script on a network, and makes its results comparable. Ports and paths become names in the order in which they
 * appear. Alternative results of the operating system become one text.
 */
import * as Effect from "effect/Effect"
import { PropertyTimeout, within } from "../../src/internal/conformance/kit/expect.ts"
import { leavingNothing } from "../../src/internal/conformance/kit/leaks.ts"
import { scoped } from "../../src/internal/conformance/kit/pairs.ts"
import type { TransportUnderTest } from "../../src/internal/conformance/kit/statement.ts"
import { type Line, type Script, teller } from "./script.ts"

/** A port after an IPv4 address, an IPv6 address in brackets, or `localhost`. */
const port = /(?<=\b\d+\.\d+\.\d+\.\d+|\]|localhost):(\d+)/g

const path = /(?<=unix:)\/[^\s,:}]+/g

/** Ports from here on may be assigned by the system, so they are replaced by names. */
const firstGiven = 1024

/** Names texts A, B, C, ... in the order in which they appear. */
const namer = () => {
  const names = new Map<string, string>()
  return (text: string): string => {
    const name = names.get(text) ?? String.fromCharCode(65 + names.size)
    names.set(text, name)
    return name
  }
}

export const comparable = (lines: ReadonlyArray<Line>): ReadonlyArray<string> => {
  const portName = namer()
  const pathName = namer()
  const named = (text: string): string =>
    text
      .replace(port, (whole, digits) => (Number(digits) < firstGiven ? whole : `:<${portName(digits)}>`))
      .replace(path, whole => `<${pathName(whole)}>`)
  return lines.map(({ answer, either, step }) => {
    const given = named(answer)
    if (either === undefined) return `${step}: ${given}`
    return Object.values(either).includes(given)
      ? `${step}: either ${Object.keys(either).join(", or ")}`
      : `${step}: ${given}, which is none of ${JSON.stringify(either)}`
  })
}

/** Performs a script, checks that it leaves nothing open, and returns its results. */
export const perform = (script: Script, on: TransportUnderTest): Effect.Effect<ReadonlyArray<string>> =>
  Effect.suspend(() => {
    const lines: Array<Line> = []
    const whole = Effect.provide(scoped(script.run({ ...on, tell: teller(lines) })), on.layer)
    return leavingNothing(on, whole).pipe(
      Effect.orDie,
      effect => within(effect, "1 minute", script.title),
      Effect.provideService(PropertyTimeout, on.timeout),
      Effect.map(() => comparable(lines))
    )
  })
