/** One seed after the other: which fail, which of them is shown, and how one is run again. */
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

/** Listens so often as chance says, and fails if that is more than three times. */
const chancy = Effect.gen(function* () {
  const times = yield* Random.nextIntBetween(0, 10)
  yield* Effect.replicateEffect(Network.listen("10.0.0.1:0"), times)
  if (times > 3) return yield* new Unlucky({ by: times })
  return times
})

/** The number of events of a run, or none where it succeeds. */
const eventsOf = (seed: number) =>
  Effect.match(SimulatedNetwork.run(chancy, { seed }).pipe(Logger.withMinimumLogLevel(LogLevel.None)), {
    onFailure: error => (error._tag === "Unlucky" ? error.by * 2 : 0),
    onSuccess: () => 0
  })

const withEnv = (SIM_SEED: string) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["SIM_SEED", SIM_SEED]])))

describe("seeds", () => {
  it.live("succeeds when the program does with all of them, of which there may be none", () =>
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

  it.live("runs so many times, also where seeds are so large that they have no next one", () =>
    Effect.gen(function* () {
      let runs = 0
      const program = Effect.suspend(() => (++runs > 3 ? Effect.dieMessage("too many") : Effect.void))
      yield* SimulatedNetwork.seeds(3, program, { seed: 2 ** 53 - 1 }).pipe(Effect.timeout("10 seconds"))
      assert.strictEqual(runs, 3)
    })
  )

  it.live("fails with those that fail, in order, and shows the shortest run, and of equals the one of the lowest", () =>
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

  it.live("says in its message which seeds fail, how to run the shortest again, why it failed and what came last", () =>
    Effect.gen(function* () {
      const program = Effect.zipRight(Network.listen("10.0.0.1:80"), Network.connect("10.0.0.1:81"))
      const { message } = yield* Effect.flip(SimulatedNetwork.seeds(13, program, { seed: 5 }))
      const [seeds, replay, cause, ...rest] = message.split("\n")
      assert.strictEqual(
        seeds,
        "simulation: the program fails with 13 of 13 seeds: 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and 3 more"
      )
      assert.strictEqual(replay, "SIM_SEED=5 replays the shortest run, which came to this:")
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

  it.live("takes a defect, a deadlock and an interruption by itself for a failure", () =>
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

  it.live("shows what a deadlock shows, and that once", () =>
    Effect.gen(function* () {
      const program = Effect.flatMap(Network.listen("10.0.0.1:80"), listener => listener.accept)
      const { message } = yield* Effect.flip(SimulatedNetwork.seeds(1, program, { strict: true }))
      assert.include(message, "simulated  LISTEN  10.0.0.1:80")
      assert.strictEqual(message.split("the last events:").length, 2)
    })
  )

  it.live("gives each run a time and a world of its own, and logs none of them", () =>
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

  it.live("interrupted, it interrupts the run, waits for its finalizers, and begins no other", () =>
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

  it.live("lets a time limit of the real clock end it, however short its runs are", () =>
    Effect.gen(function* () {
      const endless = SimulatedNetwork.seeds(Number.POSITIVE_INFINITY, Effect.void)
      assert.strictEqual((yield* Effect.timeoutOption(endless, "100 millis"))._tag, "None")
    })
  )

  it.live("may run in a simulation, be it a strict one", () =>
    SimulatedNetwork.run(SimulatedNetwork.seeds(100, Effect.sleep("1 second")), { strict: true })
  )
})

describe("SIM_SEED", () => {
  const drawn = (seed: number) => SimulatedNetwork.run(Random.next, { seed })

  it.live("is the only one of `seeds`, wherever they begin, and the one that its failure shows", () =>
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

  it.live("is that of `run` and `checkDeterminism`, unless they are given one", () =>
    Effect.gen(function* () {
      const seventeen = yield* drawn(17)
      assert.strictEqual(yield* SimulatedNetwork.run(Random.next).pipe(withEnv("17")), seventeen)
      assert.strictEqual(yield* SimulatedNetwork.checkDeterminism(Random.next).pipe(withEnv("17")), seventeen)
      assert.strictEqual(yield* drawn(3).pipe(withEnv("17")), yield* drawn(3))
    })
  )

  it.live("is not there when it is empty", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* SimulatedNetwork.run(Random.next).pipe(withEnv("")), yield* drawn(0))
    })
  )

  for (const text of ["seventeen", "1.5", "1e3", "99999999999999999"]) {
    it.live(`is a defect that names it when it is ${text}`, () =>
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
          assert.include(defect, `a seed is an integer, and this is "${text}"`)
        }
      })
    )
  }
})
