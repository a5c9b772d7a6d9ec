/**
 * The same scripts on real sockets and on the simulated network. The results of their steps are the same, including the
 * reasons, codes and messages of errors.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { accepting } from "./accepting.ts"
import { chance } from "./chance.ts"
import { closeOrders } from "./closeOrders.ts"
import { connecting } from "./connecting.ts"
import { halfCloses } from "./halfCloses.ts"
import { interruptions } from "./interruptions.ts"
import { listening } from "./listening.ts"
import { perform } from "./perform.ts"
import { onTcp, onTcp6, onUnix, type Place } from "./places.ts"
import { resets } from "./resets.ts"
import { scopes } from "./scopes.ts"
import type { Script } from "./script.ts"
import { unixPaths } from "./unixPaths.ts"

const compare = (place: Place, scripts: ReadonlyArray<Script>): void => {
  for (const script of scripts) {
    const compared = Effect.scoped(
      Effect.gen(function* () {
        const simulated = yield* perform(script, yield* place.simulated)
        const real = yield* perform(script, place.real)
        assert.isAbove(real.length, 0, "the script records nothing")
        assert.deepStrictEqual(simulated, real)
      })
    )
    if (place.skip === undefined) it.live(script.title, () => compared, 150_000)
    else it.skip(`${script.title} (${place.skip})`, () => {})
  }
}

const everywhere: ReadonlyArray<readonly [subject: string, scripts: ReadonlyArray<Script>]> = [
  ["close orders", closeOrders],
  ["half-closes", halfCloses],
  ["resets", resets],
  ["scopes", scopes],
  ["accepting", accepting],
  ["interruptions", interruptions],
  ["conversations by chance", chance]
]

for (const place of [onTcp, onUnix]) {
  describe(place.name, () => {
    for (const [subject, scripts] of everywhere) describe(subject, () => compare(place, scripts))
  })
}

describe(onTcp.name, () => {
  describe("connecting", () => compare(onTcp, connecting))
  describe("listening", () => compare(onTcp, listening))
})

describe(onUnix.name, () => {
  describe("paths", () => compare(onUnix, unixPaths))
})

describe(onTcp6.name, () => {
  compare(onTcp6, closeOrders.slice(0, 8))
})
