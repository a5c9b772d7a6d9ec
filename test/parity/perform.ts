/**
 * Performs a script somewhere, and makes what it told comparable: ports and paths by the order in which they appear, and
 * one answer for those of which the system itself gives now one and now another.
 */
import * as Effect from "effect/Effect"
import { PropertyTimeout, within } from "../../src/internal/conformance/kit/expect.ts"
import { leavingNothing } from "../../src/internal/conformance/kit/leaks.ts"
import { scoped } from "../../src/internal/conformance/kit/pairs.ts"
import type { TransportUnderTest } from "../../src/internal/conformance/kit/statement.ts"
import { type Line, type Script, teller } from "./script.ts"

/** After an IPv4 address, an IPv6 one in brackets, or `localhost`. */
const port = /(?<=\b\d+\.\d+\.\d+\.\d+|\]|localhost):(\d+)/g

const path = /(?<=unix:)\/[^\s,:}]+/g

/** The lowest port that nobody was given by chance. */
const firstGiven = 1024

/** A, B, C, in the order in which they appear. */
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

/** What a script told, once nothing of it is left. */
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
