/** Segments that are lost and sent again: what a second sending takes over from the first, and what it does not. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Fault from "../../../../src/Fault.ts"
import { Flow, whenConnected } from "../../../../src/internal/simulated/link/index.ts"
import * as SimulatedNetwork from "../../../../src/SimulatedNetwork.ts"
import { faults, meet, receivedAt, simulated, whileCut } from "../../../faults/between.ts"
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

describe("a bandwidth", () => {
  it.live("that replaces another one queues from now on what has not passed, and not behind the earlier queue", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Fault.bandwidth("a", "b", 1)
        yield* client.sendText("x".repeat(100))
        yield* Effect.sleep(10)
        yield* Fault.bandwidth("a", "b", 1000)
        const [, at] = yield* receivedAt(server, 100)
        assert.strictEqual(at, 20 + 10 + 100 + 10)
      })
    )
  )

  it.live("that ends does not delay a segment that has passed the queue already", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.bandwidth("a", "b", 1000)
            yield* client.sendText("x".repeat(10))
            yield* Effect.sleep(15)
          })
        )
        const [, at] = yield* receivedAt(server, 10)
        assert.strictEqual(at, 20 + 10 + 10)
      })
    )
  )
})

describe("an end of a connection", () => {
  const dataAndEnds = Effect.map(
    SimulatedNetwork.trace,
    text => text.split("\n").filter(line => /^\S+ #1 (data|end) /.test(line)).length
  )

  it.live("that aborts drops its lost bytes: the peer is reset, and does not receive them later", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* whileCut(
          Effect.gen(function* () {
            yield* client.sendText("lost")
            yield* Effect.sleep(10)
          })
        )
        yield* client.abort
        assert.strictEqual((yield* Effect.flip(server.recv(10))).reason, "Reset")
      })
    )
  )

  it.live("sends no end after it was reset, also if it has not yet noticed because it is paused", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet({ highWaterMark: 1 })
        for (let n = 0; n < 3; n++) yield* server.sendText("unread")
        yield* Effect.sleep(20)
        yield* Fault.reset(1)
        const before = yield* dataAndEnds
        yield* Effect.either(client.shutdownSend)
        assert.strictEqual(yield* dataAndEnds, before)
      })
    )
  )

  it.live("sends nothing after the segment that was refused, although more of the same write is left", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* server.close
        yield* Effect.sleep(20)
        const before = yield* dataAndEnds
        yield* Effect.either(client.sendAll(new Uint8Array(200_000)))
        assert.strictEqual((yield* dataAndEnds) - before, 1)
      }),
      { latency: 0 }
    )
  )
})
