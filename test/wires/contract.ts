/** Runs the contract over a network inside this process. `pair` makes the two ends of a connection. */
import { describe, it } from "@effect/vitest"
import * as Conformance from "../../src/Conformance.ts"
import { type End, statement } from "./inProcess.ts"

export const contract = (name: string, pair: () => readonly [End, End], own?: Partial<Conformance.Statement>): void => {
  describe(name, () => {
    for (const chapter of Conformance.chapters(statement(pair, own))) {
      describe(chapter.title, () => {
        for (const { run, skip, title } of chapter.properties) {
          if (skip === undefined) it.live(title, () => run, 120_000)
          else it.skip(`${title} (${skip})`, () => {})
        }
      })
    }
  })
}
