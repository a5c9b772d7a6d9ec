/**
 * The contract bites: transports that are broken on purpose, each caught by the property that names it, which says what
 * is wrong; and the same property is true of the one that is not broken.
 */
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Conformance from "../../src/Conformance.ts"
import { brokenEndings } from "./broken/endings.ts"
import { brokenNetworks, closeWhatLeaked } from "./broken/networks.ts"
import { brokenReceives } from "./broken/receives.ts"
import { brokenSends } from "./broken/sends.ts"
import { brokenSteps } from "./broken/steps.ts"
import { brokenTimeouts } from "./broken/timeouts.ts"
import { tcp } from "./transports.ts"

const propertyOf = (statement: Conformance.Statement, wanted: string): Conformance.Property => {
  const found = Conformance.chapters(statement)
    .flatMap(({ properties }) => properties)
    .filter(({ title }) => title === wanted)
  assert.strictEqual(found.length, 1, `one property should be called: ${wanted}`)
  return found[0]!
}

afterAll(() => Effect.runPromise(closeWhatLeaked))

/** The properties that are true of the good transport. */
const good = new Set<string>()

describe.each([
  ["sends", brokenSends],
  ["receives", brokenReceives],
  ["shows its steps the stream", brokenSteps],
  ["ends", brokenEndings],
  ["keeps to time limits", brokenTimeouts],
  ["connects, listens and lets go", brokenNetworks]
] as const)("how a transport %s", (_, all) => {
  for (const { caughtBy, saying, statement, wrong } of all) {
    it.live(
      `one that ${wrong} is caught by: ${caughtBy}`,
      () =>
        Effect.gen(function* () {
          if (!good.has(caughtBy)) yield* propertyOf(tcp, caughtBy).run
          good.add(caughtBy)
          const exit = yield* Effect.exit(propertyOf(statement, caughtBy).run)
          if (Exit.isSuccess(exit)) return assert.fail("it was not caught")
          assert.isTrue(Cause.isDie(exit.cause), Cause.pretty(exit.cause))
          const error = Cause.squash(exit.cause)
          const said = error instanceof Error ? error.message : String(error)
          assert.isTrue(saying.test(said), said)
        }),
      180_000
    )
  }
})
