/** Callbacks that are due at once. */
import { assert, it } from "@effect/vitest"
import { Timeline } from "../../../../src/internal/simulated/time/timeline.ts"

const fail = () => assert.fail("nothing here takes time")
const timeline = () => new Timeline({ time: 0, stopped: false, at: fail, soon: fail, whenQuiet: fail })

it("callbacks that are due at once run before `after` returns, one after another and never inside each other", () => {
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

it("a callback that is canceled before its turn does not run", () => {
  const world = timeline()
  world.after(0, () => world.after(0, fail)())
})
