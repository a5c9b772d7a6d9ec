/**
 * Transports that are broken on purpose. Each is caught by the property that it names, with a message that says what is
 * wrong. The same property holds for the transport that is not broken.
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
  assert.strictEqual(found.length, 1, `exactly one property should have the title: ${wanted}`)
  return found[0]!
}

afterAll(() => Effect.runPromise(closeWhatLeaked))

/** The properties that have been found to hold for the good transport. */
const good = new Set<string>()

describe.each([
  ["sends", brokenSends],
  ["receives", brokenReceives],
  ["calls steps", brokenSteps],
  ["ends", brokenEndings],
  ["times out", brokenTimeouts],
  ["connects, listens and releases", brokenNetworks]
] as const)("how a transport %s", (_, all) => {
  for (const { caughtBy, saying, statement, wrong } of all) {
    it.live(
      `a transport that ${wrong} is caught by: ${caughtBy}`,
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
