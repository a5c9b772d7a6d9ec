/** A race that is interrupted, or that a defect ends. */
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { race } from "../../../src/internal/connect/race.ts"
import { a4, a6, b6, inet, run, start } from "./race.ts"

describe("interruption and defects", () => {
  it.effect("a race interrupted at any moment leaves no attempt running and nothing acquired", () =>
    Effect.gen(function* () {
      for (const millis of [0, 5, 60, 200, 311, 400, 600]) {
        const { fiber, log, scope } = yield* start({
          IPv6: [5, [a6, b6]],
          IPv4: [10, [a4]],
          attempts: { [a6]: undefined, [a4]: undefined, [b6]: undefined }
        })
        yield* TestClock.adjust(Duration.millis(millis))
        yield* Fiber.interrupt(fiber)
        const dialed = log.filter(line => line.includes("dial")).length
        assert.strictEqual(log.filter(line => line.includes("interrupt")).length, dialed, log.join("\n"))
        const length = log.length
        yield* Scope.close(scope, Exit.void)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(log.length, length, "nothing happens afterwards")
      }
    })
  )

  it.effect("in an uninterruptible region, the winner does not wait for the other attempts", () =>
    Effect.gen(function* () {
      const { log } = yield* Effect.uninterruptible(
        run({ IPv6: [0, [a6, b6]], IPv4: undefined, attempts: { [a6]: undefined, [b6]: [5, "connected"] } })
      )
      const raced = [`0 dial ${a6}`, `250 dial ${b6}`, `255 interrupt ${a6}`, "255 over", `60000 close ${b6}`]
      assert.deepStrictEqual(log.slice(2), raced)
    })
  )

  for (const [what, bug, tag] of [
    ["dies of a defect", Effect.dieMessage("a bug"), "Die"],
    ["interrupts itself", Effect.interrupt, "Interrupt"]
  ] as const) {
    it.effect(`a lookup or an attempt that ${what} ends the race in the same way`, () =>
      Effect.gen(function* () {
        const found = () => Effect.succeed(Arr.of(inet(a6)))
        for (const course of [
          { resolve: () => bug, dial: () => Effect.never },
          { resolve: (family: string) => (family === "IPv4" ? bug : found()), dial: () => Effect.never },
          { resolve: found, dial: () => bug }
        ]) {
          const exit = yield* Effect.exit(Effect.scoped(race(course)))
          assert.strictEqual(exit._tag === "Failure" && exit.cause._tag, tag)
        }
      })
    )
  }

  it.effect("an uninterruptible attempt that connects after the winner is closed before the race returns", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const connected = (host: string) =>
        Effect.acquireRelease(Effect.succeed(host), () => Effect.sync(() => log.push(`close ${host}`)))
      const fiber = yield* race({
        resolve: family => Effect.succeed(Arr.of(inet(family === "IPv6" ? a6 : a4))),
        dial: ({ family, host }) =>
          family === "IPv4" ? connected(host) : Effect.uninterruptible(Effect.delay(connected(host), "300 millis"))
      }).pipe(
        Effect.tap(host => Effect.sync(() => log.push(`given ${host}`))),
        Effect.scoped,
        Effect.fork
      )
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), a4)
      assert.deepStrictEqual(log, [`close ${a6}`, `given ${a4}`, `close ${a4}`])
    })
  )
})
