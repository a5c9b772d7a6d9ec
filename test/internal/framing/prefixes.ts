/** Helpers for tests of length prefixes: decoding a prefix without its content, and encoding one for any length. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Framing from "../../../src/Framing.ts"

export const bytes = (...values: ReadonlyArray<number>) => Uint8Array.from(values)

/** What the step decides when only the prefix has arrived. */
export const decision = <A, E, X>(framing: Framing.Framing<A, E, X>, prefix: Uint8Array) =>
  framing.step()(prefix, false, 0)

export const waitsFor = (framing: Framing.Framing<Uint8Array, unknown, unknown>, prefix: Uint8Array, bytes: number) =>
  assert.deepStrictEqual(decision(framing, prefix), { _tag: "More", atLeast: bytes })

export const refuses = <A, E, X>(framing: Framing.Framing<A, E, X>, prefix: Uint8Array): E => {
  const instruction = decision(framing, prefix)
  assert(instruction._tag === "Fail", `the step accepts ${prefix}`)
  return instruction.error
}

/** Fake content of any length, without memory: only its prefix is checked. */
export const ofLength = (length: number): Uint8Array =>
  Object.defineProperty(new Uint8Array(0), "length", { value: length })

export const prefixOf = <E, X>(framing: Framing.Framing<Uint8Array, E, X>, length: number) =>
  Effect.map(framing.encode(ofLength(length)), frame => Array.from((frame as ReadonlyArray<Uint8Array>)[0]!))
