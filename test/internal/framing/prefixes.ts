/** What is decided by a prefix alone, and prefixes of content that is not there. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Framing from "../../../src/Framing.ts"

export const bytes = (...values: ReadonlyArray<number>) => Uint8Array.from(values)

/** What the step decides about a prefix of which nothing has followed yet. */
export const decision = <A, E, X>(framing: Framing.Framing<A, E, X>, prefix: Uint8Array) =>
  framing.step()(prefix, false, 0)

export const waitsFor = (framing: Framing.Framing<Uint8Array, unknown, unknown>, prefix: Uint8Array, bytes: number) =>
  assert.deepStrictEqual(decision(framing, prefix), { _tag: "More", atLeast: bytes })

export const refuses = <A, E, X>(framing: Framing.Framing<A, E, X>, prefix: Uint8Array): E => {
  const instruction = decision(framing, prefix)
  assert(instruction._tag === "Fail", `it does not refuse ${prefix}`)
  return instruction.error
}

/** Content of any length that is not there: the prefix of it is what counts. */
export const ofLength = (length: number): Uint8Array =>
  Object.defineProperty(new Uint8Array(0), "length", { value: length })

export const prefixOf = <E, X>(framing: Framing.Framing<Uint8Array, E, X>, length: number) =>
  Effect.map(framing.encode(ofLength(length)), frame => Array.from((frame as ReadonlyArray<Uint8Array>)[0]!))
