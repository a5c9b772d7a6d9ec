/** How simulations end, and with what they fail. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as Network from "../../../../src/Network.ts"
import * as SimulatedNetwork from "../../../../src/SimulatedNetwork.ts"

const deadlocked = <A, E>(exit: Exit.Exit<A, E | SimulatedNetwork.SimulationDeadlock>) => {
  const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : exit
  assert.instanceOf(error, SimulatedNetwork.SimulationDeadlock)
  return error
}

describe("a deadlock", () => {
  const waitsForEver = Effect.gen(function* () {
    const listener = yield* Network.listen("127.0.0.1:80")
    const socket = yield* Network.connect(listener.address)
    yield* Effect.sleep("1 second")
    return yield* socket.recv(1)
  })

  it.live("is a failure that shows the seed, the time, the sockets and the last events", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(SimulatedNetwork.run(waitsForEver, { seed: 7, strict: true }))
      assert.strictEqual(
        deadlocked(exit).message,
        [
          "simulation: deadlock: every fiber waits forever (at 1000 ms; set SIM_SEED=7 to replay it)",
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

  it.live("shows at most 50 sockets", () =>
    Effect.gen(function* () {
      const many = Effect.replicateEffect(Network.listen("127.0.0.1:0"), 60)
      const exit = yield* Effect.exit(SimulatedNetwork.run(Effect.zipRight(many, waitsForEver), { strict: true }))
      const lines = deadlocked(exit).sockets.split("\n")
      assert.deepStrictEqual([lines.length, lines.at(-1)], [52, "and 13 more"])
    })
  )

  it.live("is found without `strict` after one second of real time", () =>
    Effect.gen(function* () {
      const before = performance.now()
      deadlocked(yield* Effect.exit(SimulatedNetwork.run(waitsForEver)))
      assert.isAbove(performance.now() - before, 900)
    })
  )

  it.live("interrupts the program, and virtual time continues for its finalizers", () =>
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

  it.live("is found when a fiber sleeps forever", () =>
    Effect.gen(function* () {
      const program = Effect.zipRight(Effect.sleep("1 second"), Effect.sleep(Number.POSITIVE_INFINITY))
      const exit = yield* Effect.exit(SimulatedNetwork.run(program, { strict: true }))
      assert.strictEqual(deadlocked(exit).time, 1000)
    })
  )

  it.live("is not found while something real wakes a fiber within a second, again and again", () =>
    Effect.gen(function* () {
      const real = Effect.async<void>(resume => {
        setTimeout(() => resume(Effect.void), 600)
      })
      yield* SimulatedNetwork.run(Effect.zipRight(real, real))
    })
  )

  it.live("is shown as it was found first, even if the finalizers deadlock too", () =>
    Effect.gen(function* () {
      const wait = Effect.zipRight(Effect.sleep("1 minute"), Effect.never)
      const program = Effect.zipRight(
        Effect.addFinalizer(() => wait),
        waitsForEver
      )
      const exit = yield* Effect.exit(SimulatedNetwork.run(program, { strict: true }))
      assert.strictEqual(deadlocked(exit).time, 1000)
    })
  )

  it.live("interrupts the program even if the caller is uninterruptible", () =>
    Effect.gen(function* () {
      let isClosed = false
      const close = Effect.addFinalizer(() =>
        Effect.sync(() => {
          isClosed = true
        })
      )
      const running = SimulatedNetwork.run(Effect.zipRight(close, waitsForEver), { strict: true })
      deadlocked(yield* Effect.exit(Effect.uninterruptible(running)))
      assert.isTrue(isClosed)
    })
  )

  it.live("is reported even if the program cannot be interrupted", () =>
    Effect.gen(function* () {
      const never = Effect.async<void>(() => {})
      const exit = yield* Effect.exit(SimulatedNetwork.run(Effect.uninterruptible(never), { strict: true }))
      assert.match(deadlocked(exit).message, /nothing happened on the network$/)
    })
  )

  it.live("does not hide a defect of a finalizer", () =>
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
  it.live("leaves no timer on the live Clock", () =>
    Effect.gen(function* () {
      const timers = Effect.sync(() => process.getActiveResourcesInfo().filter(what => what === "Timeout").length)
      const before = yield* timers
      const real = Effect.async<void>(resume => {
        setImmediate(() => setImmediate(() => resume(Effect.void)))
      })
      yield* SimulatedNetwork.run(Effect.zipRight(Effect.forkDaemon(Effect.sleep("1 hour")), real))
      // Long enough for the simulation to be found still, if it had not ended.
      yield* Effect.repeatN(
        Effect.promise(() => new Promise(setImmediate)),
        9
      )
      // At most, because a timer of the test runner may have ended meanwhile.
      assert.isAtMost(yield* timers, before)
    })
  )

  it.live("by an interruption from outside waits for the finalizers, and virtual time continues for them", () =>
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

  it.live("by an interruption from outside comes even if the program cannot be interrupted", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(SimulatedNetwork.run(Effect.uninterruptible(Effect.async<void>(() => {}))))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
    })
  )

  it.live("by an interruption comes at any moment", () =>
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

  it.live("of a series of simulations leaves turns of the event loop to the rest of the process", () =>
    Effect.gen(function* () {
      for (const short of [Effect.void, Effect.sleep("1 minute")]) {
        const endless = Effect.forever(SimulatedNetwork.run(short))
        assert.strictEqual((yield* Effect.timeoutOption(endless, "100 millis"))._tag, "None")
      }
    })
  )

  it.live("stops time for fibers that outlive the program", () =>
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

  it.live("closes the sockets of the program, and a close after it has no effect", () =>
    Effect.gen(function* () {
      const [socket, other] = yield* SimulatedNetwork.run(Network.pair)
      assert.deepInclude(yield* Effect.flip(socket.recv(1)), { _tag: "RecvError", reason: "Closed" })
      yield* other.close
      yield* socket.abort
    })
  )

  const stuck = (scope: Scope.Scope) =>
    Effect.gen(function* () {
      const [socket] = yield* Scope.extend(Network.pair, scope)
      yield* Effect.forkDaemon(socket.sendAll(new Uint8Array(1_000_000)))
      yield* Effect.yieldNow()
      return socket
    })
  for (const [what, world] of [
    ["the program", SimulatedNetwork.run],
    ["its world", Effect.provide(SimulatedNetwork.layer)]
  ] as const) {
    it.live(`of ${what} lets a stuck socket close at once, because closeTimeout would never pass`, () =>
      Effect.gen(function* () {
        const socket = yield* world(stuck(yield* Effect.scope))
        yield* socket.close
      }).pipe(Effect.scoped, Effect.timeout("5 seconds"))
    )
  }

  it.live("with a failure fails as the program does, and logs the seed and the last events", () =>
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
            "simulation: the program failed (at 0 ms; set SIM_SEED=5 to replay it)",
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
