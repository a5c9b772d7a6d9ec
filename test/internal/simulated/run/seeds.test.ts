/** Running many seeds: which fail, which failing run is shown, and how it is replayed. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import * as Network from "../../../../src/Network.ts"
import * as SimulatedNetwork from "../../../../src/SimulatedNetwork.ts"

class Unlucky extends Data.TaggedError("Unlucky")<{ readonly by: number }> {}

/** Listens a random number of times, and fails if that is more than 3. */
const chancy = Effect.gen(function* () {
  const times = yield* Random.nextIntBetween(0, 10)
  yield* Effect.replicateEffect(Network.listen("10.0.0.1:0"), times)
  if (times > 3) return yield* new Unlucky({ by: times })
  return times
})

/** Returns the number of events of a failing run, and 0 for a run that succeeds. */
const eventsOf = (seed: number) =>
  Effect.match(SimulatedNetwork.run(chancy, { seed }).pipe(Logger.withMinimumLogLevel(LogLevel.None)), {
    onFailure: error => (error._tag === "Unlucky" ? error.by * 2 : 0),
    onSuccess: () => 0
  })

const withEnv = (SIM_SEED: string) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["SIM_SEED", SIM_SEED]])))

describe("seeds", () => {
  it.live("succeeds when the program succeeds with all seeds, also with 0 seeds", () =>
    Effect.gen(function* () {
      const ran: Array<number> = []
      const program = Effect.tap(Random.next, drawn => void ran.push(drawn))
      yield* program.pipe(SimulatedNetwork.seeds(5, { seed: 3 }))
      assert.strictEqual(new Set(ran).size, 5)
      ran.length = 0
      yield* SimulatedNetwork.seeds(0, program)
      assert.deepStrictEqual(ran, [])
    })
  )

  it.live("runs n times, also with seeds that are too large for seed + 1 to differ", () =>
    Effect.gen(function* () {
      let runs = 0
      const program = Effect.suspend(() => (++runs > 3 ? Effect.dieMessage("too many") : Effect.void))
      yield* SimulatedNetwork.seeds(3, program, { seed: 2 ** 53 - 1 }).pipe(Effect.timeout("10 seconds"))
      assert.strictEqual(runs, 3)
    })
  )

  it.live("fails with the failing seeds in order, and shows the run with the fewest events and the lowest seed", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(SimulatedNetwork.seeds(40, chancy, { seed: 100 }))
      const all = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, i) => 100 + i),
        seed => Effect.map(eventsOf(seed), events => ({ seed, events }))
      )
      const failing = all.filter(({ events }) => events > 0)
      assert.deepStrictEqual(
        error.seeds,
        failing.map(({ seed }) => seed)
      )
      assert.strictEqual(error.explored, 40)
      const fewest = Math.min(...failing.map(({ events }) => events))
      const ofFewest = failing.filter(({ events }) => events === fewest)
      assert.isAbove(ofFewest.length, 1)
      assert.strictEqual(error.shortest.seed, ofFewest[0]?.seed)
      assert.strictEqual(error.shortest.events.length, fewest)
      assert.deepStrictEqual(Cause.squash(error.shortest.cause), new Unlucky({ by: fewest / 2 }))
    })
  )

  it.live(
    "says in its message which seeds fail, how to replay the shortest run, why it failed, and its last events",
    () =>
      Effect.gen(function* () {
        const program = Effect.zipRight(Network.listen("10.0.0.1:80"), Network.connect("10.0.0.1:81"))
        const { message } = yield* Effect.flip(SimulatedNetwork.seeds(13, program, { seed: 5 }))
        const [seeds, replay, cause, ...rest] = message.split("\n")
        assert.strictEqual(
          seeds,
          "simulation: the program fails with 13 of 13 seeds: 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and 3 more"
        )
        assert.strictEqual(replay, "Set SIM_SEED=5 to replay the shortest failing run. It failed with:")
        assert.strictEqual(cause, "ConnectError: connect 10.0.0.1:81: connection refused (ECONNREFUSED)")
        assert.deepStrictEqual(rest.slice(-5), [
          "the last events:",
          "  0 listen 10.0.0.1:80",
          "  0 connect 10.0.0.1:49152 > 10.0.0.1:81",
          "  0 refuse 10.0.0.1:81 > 10.0.0.1:49152",
          "  0 unlisten 10.0.0.1:80"
        ])
      })
  )

  it.live("counts a defect, a deadlock and an interruption by the program itself as failures", () =>
    Effect.gen(function* () {
      const endings: ReadonlyArray<Effect.Effect<void>> = [
        Effect.die("a bug"),
        Effect.never,
        Effect.interrupt,
        Effect.void
      ]
      let run = 0
      const program = Effect.suspend(() => endings[run++]!)
      const error = yield* Effect.flip(SimulatedNetwork.seeds(4, program, { strict: true }))
      assert.deepStrictEqual(error.seeds, [0, 1, 2])
      assert.include(error.message, "a bug")
      assert.include(error.message, "nothing happened on the network")
    })
  )

  it.live("shows the sockets and the events of a deadlock, once", () =>
    Effect.gen(function* () {
      const program = Effect.flatMap(Network.listen("10.0.0.1:80"), listener => listener.accept)
      const { message } = yield* Effect.flip(SimulatedNetwork.seeds(1, program, { strict: true }))
      assert.include(message, "simulated  LISTEN  10.0.0.1:80")
      assert.strictEqual(message.split("the last events:").length, 2)
    })
  )

  it.live("gives each run a new world and a new time, and logs no failure", () =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ message }) => void logged.push(message))
      const program = Effect.gen(function* () {
        assert.strictEqual(yield* Clock.currentTimeMillis, 0)
        assert.strictEqual(yield* SimulatedNetwork.trace, "")
        yield* Network.listen("10.0.0.1:80")
        yield* Effect.sleep("1 hour")
        return yield* new Unlucky({ by: 0 })
      })
      const error = yield* Effect.flip(SimulatedNetwork.seeds(3, program)).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      assert.deepStrictEqual(error.seeds, [0, 1, 2])
      assert.deepStrictEqual(logged, [])
    })
  )

  it.live("when interrupted, interrupts the run, waits for its finalizers, and begins no other run", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const begun = yield* Deferred.make<void>()
      const program = Effect.acquireRelease(
        Effect.sync(() => log.push("begins")),
        () =>
          Effect.zipRight(
            Effect.sleep("1 minute"),
            Effect.sync(() => log.push("ends"))
          )
      ).pipe(Effect.zipRight(Deferred.succeed(begun, undefined)), Effect.zipRight(Effect.never))
      const fiber = yield* Effect.fork(SimulatedNetwork.seeds(3, program))
      yield* Deferred.await(begun)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      assert.deepStrictEqual(log, ["begins", "ends"])
    })
  )

  it.live("can be ended by a timeout of the live Clock, however short its runs are", () =>
    Effect.gen(function* () {
      const endless = SimulatedNetwork.seeds(Number.POSITIVE_INFINITY, Effect.void)
      assert.strictEqual((yield* Effect.timeoutOption(endless, "100 millis"))._tag, "None")
    })
  )

  it.live("may run inside a simulation, even a strict one", () =>
    SimulatedNetwork.run(SimulatedNetwork.seeds(100, Effect.sleep("1 second")), { strict: true })
  )
})

describe("SIM_SEED", () => {
  const drawn = (seed: number) => SimulatedNetwork.run(Random.next, { seed })

  it.live("is the only seed that `seeds` tries, for any options and any count", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        SimulatedNetwork.seeds(1000, new Unlucky({ by: 1 }), { seed: 5 }).pipe(withEnv("17"))
      )
      assert.deepStrictEqual(error.seeds, [17])
      assert.strictEqual(error.explored, 1)
      assert.strictEqual(error.shortest.seed, 17)
      yield* SimulatedNetwork.seeds(1000, Effect.void).pipe(withEnv("-3"))
    })
  )

  it.live("is the seed of `run` and `checkDeterminism`, unless their options have one", () =>
    Effect.gen(function* () {
      const seventeen = yield* drawn(17)
      assert.strictEqual(yield* SimulatedNetwork.run(Random.next).pipe(withEnv("17")), seventeen)
      assert.strictEqual(yield* SimulatedNetwork.checkDeterminism(Random.next).pipe(withEnv("17")), seventeen)
      assert.strictEqual(yield* drawn(3).pipe(withEnv("17")), yield* drawn(3))
    })
  )

  it.live("counts as not set when it is empty", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* SimulatedNetwork.run(Random.next).pipe(withEnv("")), yield* drawn(0))
    })
  )

  for (const text of ["seventeen", "1.5", "1e3", "99999999999999999"]) {
    it.live(`dies with a message that names the variable when it is ${text}`, () =>
      Effect.gen(function* () {
        const all: ReadonlyArray<Effect.Effect<void, unknown>> = [
          SimulatedNetwork.run(Effect.void),
          SimulatedNetwork.checkDeterminism(Effect.void),
          SimulatedNetwork.seeds(3, Effect.void)
        ]
        for (const one of all) {
          const exit = yield* Effect.exit(one.pipe(withEnv(text)))
          const defect = Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : ""
          assert.include(defect, "SIM_SEED")
          assert.include(defect, `must be an integer, at most 2^53 - 1, but is "${text}"`)
        }
      })
    )
  }
})
