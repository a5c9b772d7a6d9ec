/** Programs in a world and a time of their own: `run`, its time, its chance, its end. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Network from "../../../src/Network.ts"
import * as SimulatedNetwork from "../../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import * as TestServer from "../../../src/TestServer.ts"

const deadlocked = <A, E>(exit: Exit.Exit<A, E | SimulatedNetwork.SimulationDeadlock>) => {
  const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : exit
  assert.instanceOf(error, SimulatedNetwork.SimulationDeadlock)
  return error
}

describe("time", () => {
  it.live("begins at 0, jumps to what is next, and goes no further", () =>
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

  it.live("wakes the sleepers of an instant in the order in which they went to sleep", () =>
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

  it.live("does not go on while a promise is being answered that waits for nothing real", () =>
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

  it.live("waits for what is real when there is nothing else to wait for", () =>
    Effect.gen(function* () {
      const file = Effect.promise(() => fs.promises.readFile("package.json", "utf8"))
      assert.include(yield* SimulatedNetwork.run(file), "effect-sockets")
    })
  )

  it.effect("has nothing to do with the Clock outside, which may stand still", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* SimulatedNetwork.run(Effect.as(Effect.sleep("1 day"), "done")), "done")
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    })
  )

  it.live("a program without an end can be given one from outside", () =>
    Effect.gen(function* () {
      const endless = SimulatedNetwork.run(Effect.forever(Effect.sleep("1 second")))
      assert.strictEqual((yield* Effect.timeoutOption(endless, "20 millis"))._tag, "None")
    })
  )

  it.live("a thousand fibers that sleep a hundred times each, and a connect each, take no time to speak of", () =>
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

/** What a program of chance and connections comes to. */
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
  it.live("is that of the seed: the same one gives the same log, byte for byte, another one another", () =>
    Effect.gen(function* () {
      const [first, again, other] = yield* Effect.all([1, 1, 2].map(seed => SimulatedNetwork.run(chatter, { seed })))
      assert.isAbove(first!.length, 1000)
      assert.strictEqual(again, first)
      assert.notStrictEqual(other, first)
    })
  )

  it.live("two programs at once do not disturb each other", () =>
    Effect.gen(function* () {
      const alone = yield* SimulatedNetwork.run(chatter, { seed: 3 })
      const both = yield* Effect.all([chatter, chatter].map(SimulatedNetwork.run({ seed: 3 })), { concurrency: 2 })
      assert.deepStrictEqual(both, [alone, alone])
    })
  )
})

describe("a deadlock", () => {
  const waitsForEver = Effect.gen(function* () {
    const listener = yield* Network.listen("127.0.0.1:80")
    const socket = yield* Network.connect(listener.address)
    yield* Effect.sleep("1 second")
    return yield* socket.recv(1)
  })

  it.live("is a failure that shows the seed, the time, the sockets and what happened last", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(SimulatedNetwork.run(waitsForEver, { seed: 7, strict: true }))
      assert.strictEqual(
        deadlocked(exit).message,
        [
          "simulation: every fiber waits, and nothing is left to wait for (at 1000 ms, seed 7)",
          "host       state        local            remote           unread  unsent  age",
          "simulated  LISTEN       127.0.0.1:80     *                0       0       1000 ms",
          "simulated  ESTABLISHED  127.0.0.1:49152  127.0.0.1:80     0       0       1000 ms",
          "simulated  ESTABLISHED  127.0.0.1:80     127.0.0.1:49152  0       0       1000 ms",
          "the last events:",
          "  0 listen 127.0.0.1:80",
          "  0 connect 127.0.0.1:49152 > 127.0.0.1:80",
          "  0 #1 accept 127.0.0.1:80 > 127.0.0.1:49152"
        ].join("\n")
      )
    })
  )

  it.live("without `strict` it is one when a second of real time has brought nothing", () =>
    Effect.gen(function* () {
      const before = performance.now()
      deadlocked(yield* Effect.exit(SimulatedNetwork.run(waitsForEver)))
      assert.isAbove(performance.now() - before, 900)
    })
  )

  it.live("interrupts the program, whose finalizers have time of their own", () =>
    Effect.gen(function* () {
      const ended: Array<number> = []
      const program = Effect.zipRight(
        Effect.addFinalizer(() =>
          Effect.delay(
            Effect.map(Clock.currentTimeMillis, at => ended.push(at)),
            "1 minute"
          )
        ),
        waitsForEver
      )
      deadlocked(yield* Effect.exit(SimulatedNetwork.run(program, { strict: true })))
      assert.deepStrictEqual(ended, [61_000])
    })
  )

  it.live("in a place that cannot be interrupted is left as it is", () =>
    Effect.gen(function* () {
      const never = Effect.async<void>(() => {})
      const exit = yield* Effect.exit(SimulatedNetwork.run(Effect.uninterruptible(never), { strict: true }))
      assert.match(deadlocked(exit).message, /nothing happened on the network$/)
    })
  )

  it.live("what goes wrong in the finalizers is not lost", () =>
    Effect.gen(function* () {
      const program = Effect.zipRight(
        Effect.addFinalizer(() => Effect.dieMessage("in a finalizer")),
        waitsForEver
      )
      const exit = yield* Effect.exit(SimulatedNetwork.run(program, { strict: true }))
      assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "in a finalizer")
      deadlocked(exit)
    })
  )
})

describe("the end", () => {
  it.live("an interruption from outside waits for the finalizers, which have time of their own", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      let isClosed = false
      const close = Effect.sync(() => {
        isClosed = true
      })
      const program = Effect.gen(function* () {
        yield* Effect.addFinalizer(() => Effect.delay(close, "1 hour"))
        yield* Deferred.succeed(started, undefined)
        yield* Effect.forever(Effect.sleep("1 second"))
      })
      const fiber = yield* Effect.fork(SimulatedNetwork.run(program))
      yield* Deferred.await(started)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      assert.isTrue(isClosed)
    })
  )

  it.live("an interruption from outside of a program that cannot be interrupted ends all the same", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(SimulatedNetwork.run(Effect.uninterruptible(Effect.async<void>(() => {}))))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
    })
  )

  it.live("an interruption at any moment ends", () =>
    Effect.forEach(
      Array.from({ length: 200 }).keys(),
      turns =>
        Effect.gen(function* () {
          const fiber = yield* Effect.fork(SimulatedNetwork.run(Effect.sleep("1 second"), { strict: true }))
          yield* Effect.repeatN(Effect.yieldNow(), turns % 40)
          yield* Fiber.interrupt(fiber)
        }),
      { discard: true }
    )
  )

  it.live("fibers that outlive the program have no time any more", () =>
    Effect.gen(function* () {
      let seconds = 0
      const daemon = Effect.forever(
        Effect.delay(
          Effect.sync(() => void seconds++),
          "1 second"
        )
      )
      yield* SimulatedNetwork.run(Effect.zipRight(Effect.forkDaemon(daemon), Effect.sleep("3500 millis")))
      yield* Effect.sleep("20 millis")
      assert.strictEqual(seconds, 3)
    })
  )

  it.live("a socket that outlives the program has been closed, and can be closed again", () =>
    Effect.gen(function* () {
      const [socket, other] = yield* SimulatedNetwork.run(Network.pair)
      assert.deepInclude(yield* Effect.flip(socket.recv(1)), { _tag: "RecvError", reason: "Closed" })
      yield* other.close
      yield* socket.abort
    })
  )

  it.live("a failure is the program's own, and is logged with the seed and what happened last", () =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ message }) => void logged.push(message))
      const program = Effect.zipRight(Network.listen("10.0.0.1:80"), Network.connect("10.0.0.1:81"))
      const error = yield* Effect.flip(SimulatedNetwork.run(program, { seed: 5 })).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      assert.strictEqual(error.message, "connect 10.0.0.1:81: connection refused (ECONNREFUSED)")
      assert.deepStrictEqual(logged, [
        [
          [
            "simulation: the program failed (at 0 ms, seed 5)",
            "the last events:",
            "  0 listen 10.0.0.1:80",
            "  0 connect 10.0.0.1:49152 > 10.0.0.1:81",
            "  0 refuse 10.0.0.1:81 > 10.0.0.1:49152",
            "  0 unlisten 10.0.0.1:80"
          ].join("\n")
        ]
      ])
    })
  )
})

describe("checkDeterminism", () => {
  it.live("gives what comes of a program that depends on nothing else", () =>
    Effect.gen(function* () {
      assert.isAbove((yield* SimulatedNetwork.checkDeterminism(chatter, { seed: 9 })).length, 1000)
      const failing = Effect.zipRight(Effect.sleep("1 second"), Effect.fail("on purpose"))
      assert.strictEqual(yield* Effect.flip(SimulatedNetwork.checkDeterminism(failing)), "on purpose")
    })
  )

  const diverging = {
    "what it sends": (run: number) =>
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        yield* one.sendAll(new Uint8Array(run))
        return (yield* other.recvExactly(run)).length > 0
      }),
    "what comes of it": (run: number) => Effect.as(Network.pair, run),
    "how late it is": (run: number) => Effect.asVoid(Effect.zip(Network.pair, Effect.sleep(run))),
    "the steps it takes": (run: number) => Effect.repeatN(Effect.yieldNow(), run)
  }
  for (const [what, program] of Object.entries(diverging)) {
    it.live(`sees a program that differs in ${what}`, () =>
      Effect.gen(function* () {
        let runs = 0
        const error = yield* Effect.flip(SimulatedNetwork.checkDeterminism(Effect.suspend(() => program(++runs))))
        assert.instanceOf(error, SimulatedNetwork.SimulationDiverged)
      })
    )
  }

  it.live("shows the first difference, and what came before it", () =>
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
          "  - 0 #1 data 127.0.0.1:49152 > 127.0.0.1:80 1",
          "  + 0 #1 data 127.0.0.1:49152 > 127.0.0.1:80 2"
        ].join("\n")
      )
    })
  )
})
