/** What takes no time in a world. */
import { assert, it } from "@effect/vitest"
import { Timeline } from "../../../../src/internal/simulated/time/timeline.ts"

const fail = () => assert.fail("nothing here takes time")
const timeline = () => new Timeline({ time: 0, stopped: false, at: fail, soon: fail, whenQuiet: fail })

it("what takes no time happens before it is left, one thing after the other and never one inside the other", () => {
  const world = timeline()
  const happened: Array<string> = []
  world.after(0, () => {
    world.after(0, () => {
      world.after(0, () => happened.push("third"))
      happened.push("second")
    })
    happened.push("first")
  })
  assert.deepStrictEqual(happened, ["first", "second", "third"])
})

it("what is taken back before its turn does not happen", () => {
  const world = timeline()
  world.after(0, () => world.after(0, fail)())
})
