import { describe, it } from "@effect/vitest"
import * as Conformance from "../../src/Conformance.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"

describe("NodeNetwork", () => {
  for (const chapter of Conformance.chapters({ layer: NodeNetwork.layer })) {
    describe(chapter.title, () => {
      for (const { run, skip, title } of chapter.properties) {
        if (skip === undefined) it.live(title, () => run, 120_000)
        else it.skip(`${title} (${skip})`, () => {})
      }
    })
  }
})
