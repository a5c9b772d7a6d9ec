/** When a simulation is idle. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import * as Client from "../../../../src/Client.ts"
import * as Network from "../../../../src/Network.ts"
import * as SimulatedNetwork from "../../../../src/SimulatedNetwork.ts"
import * as TestServer from "../../../../src/TestServer.ts"

/** Sends a byte back and forth so many times. */
const chatter = (times: number) =>
  Effect.gen(function* () {
    const [one, other] = yield* Network.pair
    for (let i = 0; i < times; i++) {
      yield* one.sendAll(Uint8Array.of(i))
      yield* other.sendAll(yield* other.recvExactly(1))
      yield* one.recvExactly(1)
    }
  })

describe("awaitQuiescent in a simulation", () => {
  it.live("waits for everything that takes no time, and for nothing else", () =>
    Effect.gen(function* () {
      const short = yield* Effect.fork(Effect.zipRight(chatter(1000), Effect.replicateEffect(Effect.yieldNow(), 1000)))
      const long = yield* Effect.fork(Effect.sleep("1 milli"))
      yield* SimulatedNetwork.awaitQuiescent
      assert.strictEqual((yield* Fiber.poll(short))._tag, "Some")
      assert.strictEqual((yield* Fiber.poll(long))._tag, "None")
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    }).pipe(SimulatedNetwork.checkDeterminism({ strict: true }))
  )

  it.live("waits for other fibers that wake at the same time", () =>
    Effect.gen(function* () {
      const woken = yield* Ref.make(0)
      const sleeper = Effect.zipRight(
        Effect.sleep("1 second"),
        Ref.update(woken, n => n + 1)
      )
      const [first] = yield* Effect.forEach([1, 2, 3], n =>
        Effect.fork(
          n === 1
            ? Effect.zipRight(sleeper, Effect.zipRight(SimulatedNetwork.awaitQuiescent, Ref.get(woken)))
            : Effect.zipRight(sleeper, Ref.get(woken))
        )
      )
      assert.strictEqual(first === undefined ? 0 : yield* Fiber.join(first), 3)
      assert.strictEqual(yield* Clock.currentTimeMillis, 1000)
    }).pipe(SimulatedNetwork.checkDeterminism({ strict: true }))
  )

  it.live("is no deadlock, even if several fibers wait for it", () =>
    Effect.gen(function* () {
      yield* Effect.fork(Effect.never)
      yield* Effect.replicateEffect(SimulatedNetwork.awaitQuiescent, 10, { concurrency: 10, discard: true })
      yield* SimulatedNetwork.awaitQuiescent
    }).pipe(SimulatedNetwork.checkDeterminism({ strict: true }))
  )

  it.live("leaves nothing when it is interrupted", () =>
    Effect.gen(function* () {
      const waiting = yield* Effect.fork(SimulatedNetwork.awaitQuiescent)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      yield* Effect.sleep("1 second")
    }).pipe(SimulatedNetwork.checkDeterminism({ strict: true }))
  )
})

for (const [clock, test] of [
  ["a TestClock", it.scoped],
  ["the live clock", it.scopedLive]
] as const) {
  describe(`awaitQuiescent under ${clock}`, () => {
    test("waits for everything that takes no time", () =>
      Effect.gen(function* () {
        const short = yield* Effect.fork(chatter(100))
        yield* SimulatedNetwork.awaitQuiescent
        assert.strictEqual((yield* Fiber.poll(short))._tag, "Some")
      }).pipe(Effect.provide(SimulatedNetwork.layer)))
  })
}

it.scoped("awaitQuiescent under a TestClock does not wait for what takes time, and the clock stands still", () =>
  Effect.gen(function* () {
    const { address } = yield* TestServer.TestServer
    const client = yield* Effect.fork(Client.receiveOnce(address))
    yield* SimulatedNetwork.awaitQuiescent
    assert.strictEqual((yield* Fiber.poll(client))._tag, "None")
    assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    yield* TestClock.adjust("1 minute")
    yield* SimulatedNetwork.awaitQuiescent
    assert.strictEqual((yield* Fiber.poll(client))._tag, "Some")
  }).pipe(
    Effect.provide(TestServer.layerGreeting("hello")),
    Effect.provide(SimulatedNetwork.layerWith({ profile: "wan" }))
  )
)
