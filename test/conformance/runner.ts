/**
 * Declares the contract as tests over one row of the table of transports.
 */
import { describe, it } from "@effect/vitest"
import * as Conformance from "../../src/Conformance.ts"
import type { Row } from "./transports.ts"

export const conformance = (row: Row): void => {
  describe(row.name, () => {
    for (const chapter of Conformance.chapters(row)) {
      describe(chapter.title, () => {
        for (const { run, skip, title } of chapter.properties) {
          const reason = row.skip ?? skip
          if (reason === undefined) it.live(title, () => run, 90_000)
          else it.skip(`${title} (${reason})`, () => {})
        }
      })
    }
  })
}
