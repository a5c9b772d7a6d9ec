/** `onProgress` of a pump, in virtual time. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Pump from "../src/Pump.ts"
import * as SimulatedNetwork from "../src/SimulatedNetwork.ts"
import { proxied } from "./proxied.ts"

describe("onProgress", () => {
  /** The calls of `onProgress`, with their times, while 10 bytes arrive every 400 ms, four times. */
  const reported = (options: {
    readonly every?: Duration.DurationInput
    readonly how: "ends" | "resets"
    readonly takes?: Duration.DurationInput
  }) =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const { a, b, client, server } = yield* proxied
        const reports: Array<readonly [ms: number, aToB: number, bToA: number]> = []
        const onProgress = ({ aToB, bToA }: Pump.Counts) =>
          Effect.gen(function* () {
            reports.push([yield* Clock.currentTimeMillis, aToB, bToA])
            yield* Effect.sleep(options.takes ?? 0)
          })
        const pumping = yield* Effect.fork(Effect.exit(Pump.pump(a, b, { onProgress, every: options.every })))
        yield* Effect.repeatN(Effect.zipRight(Effect.sleep("400 millis"), client.sendText("0123456789")), 3)
        yield* options.how === "ends" ? Effect.zip(client.shutdownSend, server.shutdownSend) : client.abort
        const exit = yield* Fiber.join(pumping)
        assert.strictEqual(Exit.isSuccess(exit), options.how === "ends")
        return reports
      }),
      { strict: true }
    )

  it.live("is called every second by the Clock, and once at the end", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* reported({ how: "ends" }), [
        [1000, 20, 0],
        [1600, 40, 0]
      ])
    })
  )

  it.live("is called as often as the option every says, and once after a failure", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* reported({ how: "resets", every: "500 millis" }), [
        [500, 10, 0],
        [1000, 20, 0],
        [1500, 30, 0],
        [1600, 40, 0]
      ])
    })
  )

  it.live("calls do not overlap, do not delay the pump, and are interrupted by its end", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* reported({ how: "ends", every: "100 millis", takes: "1300 millis" }), [
        [100, 0, 0],
        [1500, 30, 0],
        [1600, 40, 0]
      ])
    })
  )
})
