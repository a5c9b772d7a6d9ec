/** Faults of links that let bytes through: latency, bandwidth, loss and corruption. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Fault from "../../src/Fault.ts"
import { pattern, textOf } from "../../src/internal/conformance/kit/bytes.ts"
import { receiveAll } from "../../src/internal/conformance/kit/pairs.ts"
import * as Latency from "../../src/Latency.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { faults, meet, now, receivedAt, simulated, twice } from "./between.ts"

const count = (lines: ReadonlyArray<string>, what: string) => lines.filter(line => line.includes(what)).length

/** Measures how long a byte takes, `samples` times. */
const times = (latency: Latency.Latency, samples: number) =>
  Effect.gen(function* () {
    const { client, server } = yield* meet()
    yield* Fault.latency("a", "b", latency, { oneWay: true })
    const taken: Array<number> = []
    for (let n = 0; n < samples; n++) {
      const sent = yield* now
      yield* client.sendAll(Uint8Array.of(n))
      yield* server.recvExactly(1)
      taken.push((yield* now) - sent)
    }
    return taken
  })

const mean = (numbers: ReadonlyArray<number>) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length

describe("latency", () => {
  it.live("is that of the fault until the fault ends, also for bytes that are on their way", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* client.sendText("one")
        yield* Effect.sleep(5)
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.latency("a", "b", "1 second", { oneWay: true })
            assert.deepStrictEqual(yield* receivedAt(server, 3), ["one", 20 + 1000])
          })
        )
        yield* client.sendText("two")
        assert.deepStrictEqual(yield* receivedAt(server, 3), ["two", 1030])
        assert.deepStrictEqual(yield* faults, ["25 fault latency a > b", "1020 heal latency a > b"])
      })
    )
  )

  it.live("that decreases does not reorder bytes", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Effect.scoped(Effect.zipRight(Fault.latency("a", "b", "1 second"), client.sendText("one")))
        yield* client.sendText("two")
        assert.deepStrictEqual(yield* receivedAt(server, 3), ["one", 1020])
        assert.deepStrictEqual(yield* receivedAt(server, 3), ["two", 1020])
      })
    )
  )

  it.live("that becomes 0 does not reorder bytes, not even bytes that are sent when the first ones arrive", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Fault.latency("a", "b", 50, { oneWay: true })
        const sent = pattern(5000)
        yield* Effect.forEach([0, 1, 2, 3, 4], n =>
          Effect.fork(client.sendAll(sent.subarray(n * 1000, (n + 1) * 1000)))
        )
        yield* Effect.sleep(10)
        yield* Fault.latency("a", "b", 0, { oneWay: true })
        assert.deepStrictEqual(yield* server.recvExactly(5000), sent)
      }),
      { latency: 0, window: 1500 }
    )
  )

  const distributions: ReadonlyArray<
    readonly [what: string, latency: Latency.Latency, check: (taken: ReadonlyArray<number>) => void]
  > = [
    ["constant", Latency.constant("7 millis"), taken => assert.isTrue(taken.every(one => one === 7))],
    [
      "uniform",
      Latency.uniform("10 millis", "20 millis"),
      taken => {
        assert.isTrue(taken.every(one => one >= 10 && one <= 20))
        assert.closeTo(mean(taken), 15, 0.5)
      }
    ],
    [
      "exponential",
      Latency.exponential("10 millis", "20 millis"),
      taken => {
        assert.isTrue(taken.every(one => one >= 10))
        assert.closeTo(mean(taken), 30, 2)
        assert.isAbove(Math.max(...taken), 90)
      }
    ],
    [
      "bimodal",
      Latency.bimodal("10 millis", Latency.uniform("1 second", "2 seconds"), 0.05),
      taken => {
        const rare = taken.filter(one => one !== 10)
        assert.isTrue(rare.every(one => one >= 1000 && one <= 2000))
        assert.closeTo(rare.length, 50, 20)
      }
    ]
  ]
  for (const [what, latency, check] of distributions) {
    it.live(`can be ${what}, and depends on the seed`, () =>
      Effect.gen(function* () {
        const taken = yield* twice(times(latency, 1000), { seed: 1 })
        check(taken)
        assert.isTrue(taken.every(one => Number.isInteger(one * 8)))
        const other = yield* simulated(times(latency, 1000), { seed: 2 })
        if (what !== "constant") assert.notDeepEqual(other, taken)
      })
    )
  }

  it.live("is drawn for each direction separately, and does not depend on other random faults", () =>
    Effect.gen(function* () {
      const latency = Latency.uniform(0, "1 second")
      const there = yield* simulated(times(latency, 20))
      const lossy = yield* simulated(Effect.zipRight(Fault.loss("a", "b", 1e-9), times(latency, 20)))
      assert.deepStrictEqual(lossy, there)
      const back = yield* simulated(
        Effect.zipRight(Fault.latency("b", "a", latency, { oneWay: true }), times(latency, 20))
      )
      assert.deepStrictEqual(back, there)
      const [way, other] = yield* simulated(
        Effect.gen(function* () {
          const { client, server } = yield* meet()
          yield* Fault.latency("a", "b", latency)
          const start = yield* now
          yield* client.sendText("x")
          yield* server.sendText("x")
          const both = [server.recv(1), client.recv(1)].map(receiving => Effect.zipRight(receiving, now))
          return (yield* Effect.all(both, { concurrency: 2 })).map(time => time - start)
        })
      )
      assert.notStrictEqual(way, other)
    })
  )

  it.scoped("also passes on a TestClock", () =>
    Effect.gen(function* () {
      const meeting = yield* Effect.fork(meet())
      yield* TestClock.adjust("1 second")
      const { client, server } = yield* Fiber.join(meeting)
      yield* Fault.latency("a", "b", "1 hour")
      yield* client.sendText("hello")
      const receiving = yield* Effect.fork(server.recvExactly(5))
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* Fiber.poll(receiving))._tag, "None")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(textOf(yield* Fiber.join(receiving)), "hello")
    }).pipe(Effect.provide(SimulatedNetwork.layerWith({ latency: 10 })))
  )
})

describe("bandwidth", () => {
  it.live("applies with any latency, also if the latency changes meanwhile", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Fault.bandwidth("a", "b", 1000)
        yield* client.sendAll(pattern(10_000))
        yield* Fault.latency("a", "b", 1)
        yield* server.recvExactly(10_000)
        assert.strictEqual(yield* now, 20 + 10_000 + 1)
      })
    )
  )

  for (const bytesPerSecond of [1, 0]) {
    it.live(`of ${bytesPerSecond} bytes per second sends the queued bytes when it ends`, () =>
      simulated(
        Effect.gen(function* () {
          const { client, server } = yield* meet()
          const slow = Effect.zipRight(Fault.bandwidth("a", "b", bytesPerSecond), client.sendAll(pattern(10_000)))
          yield* Effect.scoped(Effect.zipRight(slow, Effect.sleep("1 second")))
          yield* server.recvExactly(10_000)
          assert.strictEqual(yield* now, 20 + 1000 + 10)
        })
      )
    )
  }

  it.live("is shared by all connections in a direction, also by bytes that are on their way", () =>
    simulated(
      Effect.gen(function* () {
        const one = yield* meet()
        const listener = yield* one.b.listen(SocketAddress.unsafeInet("10.0.0.3", 81))
        const other = yield* one.a.connect(listener.address)
        const server = yield* listener.accept
        const start = yield* now
        yield* one.client.sendAll(pattern(50_000))
        yield* Fault.bandwidth("a", "b", 100_000, { oneWay: true })
        yield* other.sendAll(pattern(50_000))
        const both = [one.server.recvExactly(50_000), server.recvExactly(50_000)] as const
        const [first, second] = yield* Effect.all(
          both.map(receiving => Effect.zipRight(receiving, now)),
          { concurrency: 2 }
        )
        assert.deepStrictEqual([first! - start, second! - start], [500, 1010])
      })
    )
  )
})

describe("loss", () => {
  it.live("costs only time", () =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Fault.loss("a", "b", 0.3)
        const sent = pattern(1_000_000)
        yield* Effect.fork(Effect.zipRight(client.sendAll(sent), client.shutdownSend))
        const { bytes, end } = yield* receiveAll(server)
        assert.deepStrictEqual([bytes, end], [sent, "the end"])
        return { lines: yield* faults, time: yield* now }
      })
      const { lines, time } = yield* twice(program)
      assert.isAbove(count(lines, "drop data"), 1)
      assert.isAbove(count(lines, "retransmit"), 1)
      assert.isAbove(time, 400)
    })
  )

  it.live("applies to bytes that are on their way at the moment when it begins", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* client.sendText("hello")
        yield* Effect.scoped(Fault.loss("a", "b", 1))
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 20 + 200 + 10])
      })
    )
  )

  it.live("applies within a host too", () =>
    simulated(
      Effect.gen(function* () {
        yield* Fault.loss("simulated", "simulated", 0.5)
        const [first, second] = yield* Network.pair
        yield* first.sendAll(pattern(100_000))
        assert.strictEqual((yield* second.recvExactly(100_000)).length, 100_000)
        assert.isAbove(count(yield* faults, "drop"), 0)
      })
    )
  )
})

describe("corruption", () => {
  it.live("flips one bit of a segment, also if it is on its way, and does not change the sender's buffer", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        const sent = new Uint8Array(1000)
        yield* client.sendAll(sent)
        yield* Fault.corrupt("a", "b", 1)
        yield* client.sendAll(sent)
        const bits = (bytes: Uint8Array) =>
          bytes.reduce((sum, byte) => sum + (byte.toString(2).match(/1/g)?.length ?? 0), 0)
        for (const _ of [1, 2]) assert.strictEqual(bits(yield* server.recvExactly(1000)), 1)
        assert.strictEqual(bits(sent), 0)
        assert.strictEqual(count(yield* faults, "corrupt data a > b 1000"), 2)
      })
    )
  )

  it.live("does not affect a retransmission after it has ended", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.corrupt("a", "b", 1)
            yield* client.sendAll(new Uint8Array(100))
            yield* Fault.partition("a", "b")
          })
        )
        assert.deepStrictEqual(yield* server.recvExactly(100), new Uint8Array(100))
      })
    )
  )
})
