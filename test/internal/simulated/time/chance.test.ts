/** Programs whose randomness comes from a seed, and how `checkDeterminism` finds one that depends on something else. */
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Network from "../../../../src/Network.ts"
import * as SimulatedNetwork from "../../../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../../../src/SocketAddress.ts"
import * as TestServer from "../../../../src/TestServer.ts"

/** Makes connections at random times with random amounts of data, and returns the trace. */
const chatter = Effect.gen(function* () {
  const { address } = yield* TestServer.TestServer
  yield* Effect.forEach(
    Array.from({ length: 20 }),
    () =>
      Effect.gen(function* () {
        yield* Effect.sleep(yield* Random.nextIntBetween(1, 1000))
        const socket = yield* Network.connect(address)
        yield* socket.sendAll(new Uint8Array(yield* Random.nextIntBetween(1, 100_000)))
        yield* socket.shutdownSend
        yield* socket.awaitEnd
      }).pipe(Effect.scoped),
    { concurrency: "unbounded" }
  )
  return yield* SimulatedNetwork.trace
}).pipe(Effect.provide(TestServer.layerEcho()))

describe("chance", () => {
  it.live("comes from the seed: the same seed gives the same trace, and another seed another trace", () =>
    Effect.gen(function* () {
      const [first, again, other] = yield* Effect.all([1, 1, 2].map(seed => SimulatedNetwork.run(chatter, { seed })))
      assert.isAbove(first!.length, 1000)
      assert.strictEqual(again, first)
      assert.notStrictEqual(other, first)
    })
  )

  it.live("is not affected by another program that runs at the same time", () =>
    Effect.gen(function* () {
      const alone = yield* SimulatedNetwork.run(chatter, { seed: 3 })
      const both = yield* Effect.all([chatter, chatter].map(SimulatedNetwork.run({ seed: 3 })), { concurrency: 2 })
      assert.deepStrictEqual(both, [alone, alone])
    })
  )
})

describe("checkDeterminism", () => {
  it.live("returns the result of a program that depends on the seed only", () =>
    Effect.gen(function* () {
      assert.isAbove((yield* SimulatedNetwork.checkDeterminism(chatter, { seed: 9 })).length, 1000)
      const failing = Effect.zipRight(Effect.sleep("1 second"), Effect.fail("on purpose"))
      assert.strictEqual(yield* Effect.flip(SimulatedNetwork.checkDeterminism(failing)), "on purpose")
    })
  )

  it.live("returns a result that contains fibers and fiber ids", () =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        const fiber = yield* Effect.fork(Effect.never)
        return { fiber, exit: yield* Fiber.interrupt(fiber), id: yield* Effect.fiberId }
      })
      const { exit } = yield* SimulatedNetwork.checkDeterminism(program)
      assert.isTrue(Exit.isInterrupted(exit))
      const interrupted = yield* Effect.exit(SimulatedNetwork.checkDeterminism(Effect.interrupt))
      assert.isTrue(Exit.isInterrupted(interrupted))
    })
  )

  class Failure extends Data.TaggedError("Failure")<{ readonly run: number }> {}

  const results: Record<string, (run: number) => Effect.Effect<unknown, unknown>> = {
    "a Map": run => Effect.succeed(new Map([["run", run]])),
    "a Set": run => Effect.succeed(new Set([{ run }])),
    "an Error": run => Effect.succeed(new Error(`in run ${run}`)),
    "a bigint": run => Effect.succeed({ run: BigInt(run) }),
    "a circular array": run => {
      const circle: Array<unknown> = []
      return Effect.succeed(Object.assign(circle, [circle, run]))
    },
    "NaN or infinity": run => Effect.succeed(run === 1 ? Number.NaN : Number.POSITIVE_INFINITY),
    "a failure": run => Effect.fail(new Failure({ run })),
    "a defect": run => Effect.die(new Error(`in run ${run}`)),
    "an interruption": run => (run === 1 ? Effect.interrupt : Effect.fail("not interrupted"))
  }
  for (const [what, result] of Object.entries(results)) {
    it.live(`compares results: ${what}`, () =>
      Effect.gen(function* () {
        let runs = 0
        const program = Effect.suspend(() => result(++runs))
        const error = yield* Effect.flip(SimulatedNetwork.checkDeterminism(program))
        assert.instanceOf(error, SimulatedNetwork.SimulationDiverged)
      })
    )
  }

  const diverging = {
    "the contents that it sends, in the same number of bytes": (run: number) =>
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        yield* one.sendAll(Uint8Array.of(1, 2, run))
        yield* other.recvExactly(3)
      }),
    "the contents that it sends to a peer that does not receive": (run: number) =>
      Effect.flatMap(Network.pair, ([, accepted]) => accepted.sendAll(Uint8Array.of(run))),
    "the order in which it sends the same bytes": (run: number) =>
      Effect.flatMap(Network.pair, ([one]) => one.sendAll(run === 1 ? Uint8Array.of(1, 2) : Uint8Array.of(2, 1))),
    "the number of bytes that it sends": (run: number) =>
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        yield* one.sendAll(new Uint8Array(run))
        return (yield* other.recvExactly(run)).length > 0
      }),
    "its result": (run: number) => Effect.as(Network.pair, run),
    "the time at which it ends": (run: number) => Effect.asVoid(Effect.zip(Network.pair, Effect.sleep(run))),
    "the number of its steps": (run: number) => Effect.repeatN(Effect.yieldNow(), run)
  }
  for (const [what, program] of Object.entries(diverging)) {
    it.live(`finds a program that differs in ${what}`, () =>
      Effect.gen(function* () {
        let runs = 0
        const error = yield* Effect.flip(SimulatedNetwork.checkDeterminism(Effect.suspend(() => program(++runs))))
        assert.instanceOf(error, SimulatedNetwork.SimulationDiverged)
      })
    )
  }

  it.live("shows the first difference, and the events before it", () =>
    Effect.gen(function* () {
      let runs = 0
      const program = Effect.gen(function* () {
        const listener = yield* Network.listen(SocketAddress.unsafeInet("127.0.0.1", 80))
        const socket = yield* Network.connect(listener.address)
        yield* socket.sendAll(new Uint8Array(++runs))
      })
      const error = yield* Effect.flip(SimulatedNetwork.checkDeterminism(program, { seed: 4 }))
      assert.strictEqual(
        error.message,
        [
          "simulation: two runs with seed 4 differ in line 4",
          "  0 listen 127.0.0.1:80",
          "  0 connect 127.0.0.1:49152 > 127.0.0.1:80",
          "  0 #1 accept 127.0.0.1:80 > 127.0.0.1:49152",
          "  - 0 #1 data 127.0.0.1:49152 > 127.0.0.1:80 1 checksum 050c5d1f",
          "  + 0 #1 data 127.0.0.1:49152 > 127.0.0.1:80 2 checksum 117697cd"
        ].join("\n")
      )
    })
  )
})
