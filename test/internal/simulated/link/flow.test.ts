/** Segments that are lost and sent again: what a second sending takes over from the first, and what it does not. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Fault from "../../../../src/Fault.ts"
import { Flow, whenConnected } from "../../../../src/internal/simulated/link/index.ts"
import { faults, meet, receivedAt, simulated } from "../../../faults/between.ts"
import { worldOf } from "../worlds.ts"

const forMillis = (fault: Fault.Fault, millis: number) => Effect.scoped(Effect.zipRight(fault, Effect.sleep(millis)))

describe("a retransmitted segment", () => {
  it.live("is subject to the faults that begin while it is in flight, although a rule has dropped it before", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Effect.scoped(
          Effect.zipRight(
            Fault.rule(({ kind }) => (kind === "data" ? "drop" : undefined)),
            client.sendText("hello")
          )
        )
        // Sent at 20 ms, and again at 220 ms.
        yield* Effect.sleep(205)
        yield* forMillis(Fault.partition("a", "b"), 10)
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 435])
      })
    )
  )

  it.live("does not queue again for a bandwidth that has ended", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.bandwidth("a", "b", 10)
            yield* client.sendText("hello")
            yield* Effect.sleep(5)
            yield* Fault.partition("a", "b")
            yield* Effect.sleep(5)
          })
        )
        yield* Effect.sleep(200)
        // It is in flight again. A new latency counts from when it was sent.
        yield* Fault.latency("a", "b", 20)
        const [text, at] = yield* receivedAt(server, 5)
        assert.deepStrictEqual([text, at], ["hello", 245])
      })
    )
  )
})

it.live("a reset that is lost in flight is not sent again", () =>
  simulated(
    Effect.gen(function* () {
      const { client, server } = yield* meet()
      yield* client.abort
      yield* Effect.sleep(5)
      yield* forMillis(Fault.partition("a", "b"), 10)
      assert.isTrue(Option.isNone(yield* Effect.timeoutOption(server.recv(1), "1 hour")))
      assert.notInclude((yield* faults).join("\n"), "retransmit")
    })
  )
)

it.scoped("a flow that was cut begins with the first interval again when its next segment is lost", () =>
  Effect.gen(function* () {
    const { world } = yield* worldOf({ latency: 1 })
    const link = world.links.of("a", "b")
    const heal = link.severed.lay(true)
    link.refresh()
    const sender = { id: 1, from: "a", to: "b", gaveUp: () => {}, torn: () => {} }
    const flow = new Flow(link, sender, whenConnected)
    flow.carry("data", new Uint8Array(1), () => {})
    yield* TestClock.adjust("5 seconds")
    flow.cut()
    let arrived = false
    flow.carry("refuse", undefined, () => {
      arrived = true
    })
    heal()
    link.refresh()
    yield* TestClock.adjust(200 + 1)
    assert.isTrue(arrived)
  })
)
