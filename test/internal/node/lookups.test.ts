/** Sharing, limiting and abandoning lookups of the system. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Answer, Lookups, threadsFor } from "../../../src/internal/node/lookups.ts"

/** A system that records which lookups begin. `answer` answers one. */
const system = (threads: number) => {
  const lookups = new Lookups(threads)
  const asked: Array<string> = []
  const answers = new Map<string, Answer>()
  const ask = (name: string) =>
    lookups.ask(name, answer => {
      asked.push(name)
      answers.set(name, answer)
    })
  const start = (name: string) => Effect.tap(Effect.fork(ask(name)), () => Effect.yieldNow())
  return { lookups, asked, start, answer: (name: string) => answers.get(name)!(null, [`address of ${name}`]) }
}

describe("lookups", () => {
  it.effect("of one name at the same time are one, and every fiber gets its answer", () =>
    Effect.gen(function* () {
      const { answer, asked, start } = system(2)
      const fibers = [yield* start("a"), yield* start("a"), yield* start("a")]
      assert.deepStrictEqual(asked, ["a"])
      answer("a")
      for (const fiber of fibers) assert.deepStrictEqual(yield* Fiber.join(fiber), ["address of a"])
      yield* start("a")
      assert.deepStrictEqual(asked, ["a", "a"], "an answer is not kept for later")
    })
  )

  it.effect("hold as many threads as there are for them, and the others begin in order as threads become free", () =>
    Effect.gen(function* () {
      const { answer, asked, lookups, start } = system(2)
      for (const name of ["a", "b", "c", "d"]) yield* start(name)
      assert.deepStrictEqual(asked, ["a", "b"])
      assert.deepStrictEqual(
        ["a", "c", "e"].map(name => lookups.isQueued(name)),
        [false, true, false]
      )
      answer("b")
      assert.deepStrictEqual(asked, ["a", "b", "c"])
      answer("c")
      assert.deepStrictEqual(asked, ["a", "b", "c", "d"])
    })
  )

  it.effect("that the system refuses at once fail, and do not hold a thread", () =>
    Effect.gen(function* () {
      const { asked, lookups, start } = system(1)
      const refusal = Object.assign(new Error("refused"), { code: "ERR_INVALID_ARG_VALUE" })
      const refused = lookups.ask("bad", () => {
        throw refusal
      })
      assert.strictEqual(yield* Effect.flip(refused), refusal)
      yield* start("good")
      assert.deepStrictEqual(asked, ["good"])
    })
  )

  it.effect("that no fiber waits for any more never begin", () =>
    Effect.gen(function* () {
      const { answer, asked, start } = system(1)
      yield* start("silent")
      const [one, other] = [yield* start("left"), yield* start("left")]
      const half = yield* start("half left")
      yield* start("half left")
      for (const fiber of [one, other, half]) yield* Fiber.interrupt(fiber)
      answer("silent")
      assert.deepStrictEqual(asked, ["silent", "half left"])
    })
  )

  it.effect("that were left while they ran hold one thread, also if the name is asked for again", () =>
    Effect.gen(function* () {
      const { answer, asked, start } = system(2)
      for (let retry = 0; retry < 3; retry++) yield* Fiber.interrupt(yield* start("silent"))
      const last = yield* start("silent")
      yield* start("other")
      assert.deepStrictEqual(asked, ["silent", "other"])
      answer("silent")
      assert.deepStrictEqual(yield* Fiber.join(last), ["address of silent"])
    })
  )

  it("may use half of libuv's threads, at least one", () => {
    const sizes = [undefined, "1", "2", "4", "5", "128", "0", "-1", "many", "1e9"]
    assert.deepStrictEqual(sizes.map(threadsFor), [2, 1, 1, 2, 3, 64, 1, 1, 1, 512])
  })
})
