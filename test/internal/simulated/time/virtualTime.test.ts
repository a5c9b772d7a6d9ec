/** Programs in virtual time. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Network from "../../../../src/Network.ts"
import * as SimulatedNetwork from "../../../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../../../src/SocketAddress.ts"
import * as TestServer from "../../../../src/TestServer.ts"

describe("time", () => {
  it.live("begins at 0, jumps to what is due next, and goes no further", () =>
    Effect.gen(function* () {
      const before = performance.now()
      const times = yield* SimulatedNetwork.run(
        Effect.gen(function* () {
          const first = yield* Clock.currentTimeMillis
          yield* Effect.race(Effect.sleep("1 hour"), Effect.sleep("30 days"))
          const nanos = yield* Clock.currentTimeNanos
          return [first, yield* Clock.currentTimeMillis, nanos]
        })
      )
      assert.deepStrictEqual(times, [0, 3_600_000, 3_600_000_000_000n])
      assert.isBelow(performance.now() - before, 60_000)
    })
  )

  it.live("wakes sleepers of the same time in the order in which they went to sleep", () =>
    Effect.gen(function* () {
      const woken: Array<number> = []
      yield* SimulatedNetwork.run(
        Effect.forEach(
          Array.from({ length: 50 }).keys(),
          i =>
            Effect.delay(
              Effect.sync(() => void woken.push(i)),
              i % 2 === 0 ? "1 second" : "1000 millis"
            ),
          { concurrency: "unbounded" }
        )
      )
      assert.deepStrictEqual(woken, [...Array(50).keys()])
    })
  )

  it.live("does not go on before a promise settles that waits for nothing real", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const promise = Effect.promise(async () => {
          await null
          return Promise.resolve("in time")
        })
        assert.strictEqual(yield* Effect.timeout(promise, "1 nano"), "in time")
      })
    )
  )

  const awaits = (times: number) =>
    Effect.promise(async () => {
      for (let i = 0; i < times; i++) await null
      return "in time"
    })

  it.live("does not go on before a promise settles that waits for 30 others", () =>
    Effect.gen(function* () {
      const answer = SimulatedNetwork.run(Effect.timeout(awaits(30), "1 nano"))
      assert.strictEqual(yield* answer, "in time")
    })
  )

  it.live("does not end in a deadlock while 1,000 promises settle, even if strict", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* SimulatedNetwork.run(awaits(1000), { strict: true }), "in time")
    })
  )

  it.live("stands still while another simulation runs inside", () =>
    Effect.gen(function* () {
      const inner = SimulatedNetwork.run(
        Effect.zipRight(Effect.repeatN(Effect.sleep("1 hour"), 9), Clock.currentTimeMillis)
      )
      const outer = Effect.zip(Effect.timeout(inner, "1 second"), Clock.currentTimeMillis)
      assert.deepStrictEqual(yield* SimulatedNetwork.run(outer), [36_000_000, 0])
      assert.strictEqual(yield* SimulatedNetwork.run(inner, { strict: true }), 36_000_000)
    })
  )

  it.live("waits for a real file when there is nothing else to wait for", () =>
    Effect.gen(function* () {
      const file = Effect.promise(() => fs.promises.readFile("package.json", "utf8"))
      assert.include(yield* SimulatedNetwork.run(file), "effect-sockets")
    })
  )

  it.effect("is independent of the Clock outside, which may stand still", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* SimulatedNetwork.run(Effect.as(Effect.sleep("1 day"), "done")), "done")
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    })
  )

  it.live("an endless program can be interrupted from outside", () =>
    Effect.gen(function* () {
      const endless = SimulatedNetwork.run(Effect.forever(Effect.sleep("1 second")))
      assert.strictEqual((yield* Effect.timeoutOption(endless, "20 millis"))._tag, "None")
    })
  )

  it.live("of 1,000 fibers with 100 sleeps and a connect each passes quickly", () =>
    SimulatedNetwork.run(
      Effect.forEach(
        Array.from({ length: 1000 }),
        () =>
          Effect.gen(function* () {
            const { address } = yield* TestServer.TestServer
            yield* Effect.scoped(Effect.flatMap(Network.connect(address), socket => socket.awaitEnd))
            for (let i = 0; i < 100; i++) yield* Effect.sleep(yield* Random.nextRange(1, 1000))
          }),
        { concurrency: "unbounded", discard: true }
      ).pipe(Effect.provide(TestServer.layerGreeting("hello", { acceptQueue: 1000 })))
    )
  )
})

/** Starts an echo server on another host. */
const echo = Effect.gen(function* () {
  const world = yield* SimulatedNetwork.SimulatedNetwork
  const network = world.network("server")
  const server = TestServer.layerEcho({ address: SocketAddress.unsafeInet("::", 7) })
  yield* Layer.build(Layer.provide(server, Layer.succeed(Network.Network, network)))
})

it.live("1,000 connections that live for an hour, and send something now and then, are simulated quickly", () =>
  Effect.gen(function* () {
    const lives = Effect.gen(function* () {
      const socket = yield* Network.connect("10.0.0.2:7")
      for (let i = 0; i < 12; i++) {
        yield* socket.sendAll(Uint8Array.of(i))
        assert.deepStrictEqual([...(yield* socket.recvExactly(1))], [i])
        yield* Effect.sleep("5 minutes")
      }
    })
    const hour = Effect.gen(function* () {
      yield* echo
      yield* Effect.replicateEffect(Effect.scoped(lives), 1000, { concurrency: 1000 })
      const kinds: Record<string, number> = {}
      for (const { kind } of yield* Effect.flatMap(SimulatedNetwork.SimulatedNetwork, world => world.trace)) {
        kinds[kind] = (kinds[kind] ?? 0) + 1
      }
      return [yield* Clock.currentTimeMillis, kinds]
    })
    assert.deepStrictEqual(yield* SimulatedNetwork.run(hour, { latency: "5 millis", strict: true }), [
      3_600_000 + 10 + 12 * 10,
      // The last ends of the clients are still in flight, so the server has not closed those connections yet.
      { listen: 1, connect: 1000, accept: 1000, data: 2 * 12 * 1000, end: 1000, close: 1000 }
    ])
  })
)
