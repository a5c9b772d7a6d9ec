/** A crash kills the programs of a host, as SIGKILL does: nothing of them runs after it. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Fault from "../../src/Fault.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { hosts, simulated, there, twice } from "./between.ts"

const runOnB = (program: Effect.Effect<unknown, unknown, Network.Network | Scope.Scope>) =>
  SimulatedNetwork.runOn("b", program)

/** Kills `b` after 5 ms, and waits for 10 seconds. */
const killed = Effect.sleep(5).pipe(Effect.zipRight(Fault.crash("b")), Effect.zipRight(Effect.sleep("10 seconds")))

/** Programs that add to `lines` at their ends, in every way in which a program can. */
const endings: Record<
  string,
  (say: (line: string) => Effect.Effect<void>) => Effect.Effect<unknown, unknown, Scope.Scope | Network.Network>
> = {
  "a finalizer of its Scope": say =>
    Effect.zipRight(
      Effect.addFinalizer(() => say("finalizer")),
      Effect.never
    ),
  "`ensuring`": say => Effect.ensuring(Effect.never, say("ensuring")),
  "the release of a resource": say =>
    Effect.acquireUseRelease(
      Effect.void,
      () => Effect.never,
      () => say("release")
    ),
  "a handler of an interruption": say => Effect.onInterrupt(Effect.never, () => say("interrupted")),
  "what follows its interruption": say =>
    Effect.uninterruptible(Effect.zipRight(Effect.exit(Effect.interruptible(Effect.never)), say("exit"))),
  "an uninterruptible region": say => Effect.uninterruptible(Effect.zipRight(Effect.sleep("1 second"), say("slept"))),
  "a daemon": say => Effect.zipRight(Effect.forkDaemon(Effect.delay(say("daemon"), "1 second")), Effect.never),
  "a child, and its finalizer": say =>
    Effect.zipRight(
      Effect.fork(Effect.ensuring(Effect.delay(say("child"), "1 second"), say("end of the child"))),
      Effect.never
    ),
  "a fiber of its runtime": say =>
    Effect.flatMap(Effect.runtime<never>(), runtime => {
      Runtime.runFork(runtime)(Effect.delay(say("runtime"), "1 second"))
      return Effect.never
    }),
  "a fiber that it starts when another one ends": say =>
    Effect.flatMap(Effect.runtime<never>(), runtime => {
      const fiber = Runtime.runFork(runtime)(Effect.never)
      fiber.addObserver(() => void Runtime.runFork(runtime)(say("started late")))
      return Effect.never
    }),
  "what follows a failed receive": say =>
    Effect.flatMap(Network.pair, ([socket]) =>
      Effect.zipRight(Effect.either(socket.recv(1)), say("the receive failed"))
    ),
  "what follows a failed accept": say =>
    Effect.flatMap(Network.listen("0.0.0.0:80"), listener =>
      Effect.zipRight(Effect.either(listener.accept), say("the accept failed"))
    ),
  "what it does in the time of the crash": say =>
    Effect.forever(
      Effect.zipRight(
        Effect.sleep(1),
        Effect.flatMap(Clock.currentTimeMillis, now => (now > 5 ? say("late") : Effect.void))
      )
    )
}

describe("a program whose host crashes", () => {
  for (const [what, program] of Object.entries(endings)) {
    it.live(`does not run ${what}, and the simulation ends`, () =>
      twice(
        Effect.gen(function* () {
          const lines: Array<string> = []
          const { fiber } = yield* runOnB(program(line => Effect.sync(() => void lines.push(line))))
          const running = yield* fiber
          yield* killed
          assert.deepStrictEqual(lines, [])
          assert.isTrue(Exit.isInterrupted(yield* Fiber.await(running)))
        })
      )
    )
  }

  it.live("keeps what it holds outside of the network: another host gets a lock only when the lock expires", () =>
    simulated(
      Effect.gen(function* () {
        let lock: { readonly owner: string; readonly until: number } | undefined
        const take = (owner: string) =>
          Effect.repeat(
            Effect.zipRight(
              Effect.sleep(100),
              Effect.map(Clock.currentTimeMillis, now => {
                if (lock !== undefined && lock.owner !== owner && lock.until > now) return false
                lock = { owner, until: now + 6000 }
                return true
              })
            ),
            { until: isTaken => isTaken }
          )
        const release = (owner: string) =>
          Effect.sync(() => {
            if (lock?.owner === owner) lock = undefined
          })
        const runner = (owner: string) =>
          Effect.zipRight(
            Effect.acquireRelease(take(owner), () => release(owner)),
            Effect.forever(take(owner))
          )
        yield* runOnB(runner("b"))
        yield* Effect.sleep(1050)
        yield* Fault.crash("b")
        assert.strictEqual(lock?.owner, "b")
        const taken = Effect.zipRight(take("c"), Clock.currentTimeMillis)
        assert.strictEqual(yield* taken, 7050)
      })
    )
  )

  it.live("that crashes its own host does nothing after that, and its host stays down until a restart", () =>
    simulated(
      Effect.gen(function* () {
        let starts = 0
        let after = 0
        const world = yield* SimulatedNetwork.SimulatedNetwork
        const suicide = Effect.gen(function* () {
          starts += 1
          if (starts === 1) yield* Fault.crash("b")
          after += 1
        })
        yield* runOnB(Effect.provideService(suicide, SimulatedNetwork.SimulatedNetwork, world))
        yield* Effect.sleep(1000)
        assert.deepStrictEqual([starts, after], [1, 0])
        yield* Fault.restart("b")
        yield* Effect.sleep(1)
        assert.deepStrictEqual([starts, after], [2, 1])
      })
    )
  )

  it.live("that runs on a host which is down starts when the host restarts, and not before", () =>
    simulated(
      Effect.gen(function* () {
        let starts = 0
        yield* Fault.crash("b")
        const { fiber } = yield* runOnB(Effect.sync(() => void starts++))
        yield* Effect.sleep(1000)
        assert.strictEqual(starts, 0)
        yield* Fault.restart("b")
        yield* Fiber.join(yield* fiber)
        assert.strictEqual(starts, 1)
      })
    )
  )

  it.live("does not kill a fiber outside that has joined the program", () =>
    simulated(
      Effect.gen(function* () {
        const { fiber } = yield* Effect.flatMap(Effect.fork(runOnB(Effect.sleep(1))), Fiber.join)
        const joining = Effect.zipRight(Fiber.join(yield* fiber), Effect.as(Effect.sleep(100), "alive"))
        const joined = yield* Effect.fork(joining)
        yield* Effect.sleep(10)
        yield* Fault.crash("b")
        assert.strictEqual(yield* Fiber.join(joined), "alive")
      })
    )
  )

  it.live("lives on if the program of another host has restarted its host and crashes after that", () =>
    simulated(
      Effect.gen(function* () {
        let beats = 0
        const world = yield* SimulatedNetwork.SimulatedNetwork
        yield* runOnB(
          Effect.forever(
            Effect.zipRight(
              Effect.sleep(1),
              Effect.sync(() => void beats++)
            )
          )
        )
        yield* Fault.crash("b")
        const restarts = Effect.zipRight(Fault.restart("b"), Effect.never)
        yield* SimulatedNetwork.runOn("c", Effect.provideService(restarts, SimulatedNetwork.SimulatedNetwork, world))
        yield* Effect.sleep(100)
        yield* Fault.crash("c")
        const before = beats
        yield* Effect.sleep(100)
        assert.isAtLeast(beats - before, 99)
      })
    )
  )

  it.live("is forgotten by Effect, so that many crashes do not use more and more memory", () =>
    Effect.gen(function* () {
      const before = (yield* Fiber.roots).length
      yield* simulated(
        Effect.gen(function* () {
          for (const program of Object.values(endings)) yield* runOnB(program(() => Effect.void))
          yield* Effect.sleep(5)
          // The host stays down: programs that start again would be forgotten only when they end.
          yield* Scope.extend(Fault.crash("b"), yield* Scope.make())
        })
      )
      assert.isAtMost((yield* Fiber.roots).length, before)
    })
  )

  it.live("ends a simulation that it runs itself", () =>
    simulated(
      Effect.gen(function* () {
        let steps = 0
        const forever = Effect.forever(
          Effect.zipRight(
            Effect.sleep(1),
            Effect.sync(() => void steps++)
          )
        )
        yield* runOnB(SimulatedNetwork.run(forever))
        yield* Effect.forEach(Array.from({ length: 100 }), () => Effect.yieldNow())
        yield* Fault.crash("b")
        const before = steps
        assert.isAbove(before, 0)
        yield* Effect.forEach(Array.from({ length: 1000 }), () => Effect.yieldNow())
        assert.strictEqual(steps, before)
      })
    )
  )

  it.live("runs its finalizers if its Scope closes, and the Scope waits for them", () =>
    simulated(
      Effect.gen(function* () {
        const lines: Array<string> = []
        const slow = Effect.delay(
          Effect.sync(() => void lines.push("finalizer")),
          "1 second"
        )
        const program = Effect.zipRight(
          Effect.addFinalizer(() => slow),
          Effect.never
        )
        yield* Effect.scoped(Effect.zipRight(runOnB(program), Effect.sleep(1)))
        assert.deepStrictEqual(lines, ["finalizer"])
      })
    )
  )

  it.live("does not keep its Scope open if it is killed while its finalizers run", () =>
    simulated(
      Effect.gen(function* () {
        const program = Effect.zipRight(
          Effect.addFinalizer(() => Effect.sleep("1 hour")),
          Effect.never
        )
        yield* Effect.fork(Effect.delay(Effect.zipRight(Fault.crash("b"), Effect.never), 10))
        yield* Effect.scoped(Effect.zipRight(runOnB(program), Effect.sleep(1)))
        assert.strictEqual(yield* Clock.currentTimeMillis, 10)
      })
    )
  )

  for (const [clock, test] of [
    ["the live Clock", it.scopedLive],
    ["a TestClock", it.scoped]
  ] as const) {
    test(`runs no finalizer under ${clock} either`, () =>
      Effect.gen(function* () {
        const lines: Array<string> = []
        const started = yield* Deferred.make<void>()
        const program = Effect.ensuring(
          Effect.zipRight(Deferred.succeed(started, undefined), Effect.never),
          Effect.sync(() => void lines.push("finalizer"))
        )
        const { fiber } = yield* runOnB(program)
        const running = yield* fiber
        yield* Deferred.await(started)
        yield* Fault.crash("b")
        assert.isTrue(Exit.isInterrupted(yield* Fiber.await(running)))
        assert.deepStrictEqual(lines, [])
      }).pipe(Effect.provide(Layer.fresh(SimulatedNetwork.layer))))
  }
})

it.live("a peer of a killed program sees neither an end nor a reset, and what was sent before arrives", () =>
  simulated(
    Effect.gen(function* () {
      const { a } = yield* hosts
      const program = Effect.flatMap(Network.listen(there), listener =>
        Effect.flatMap(listener.accept, socket => Effect.zipRight(socket.sendText("hello"), Effect.never))
      )
      yield* runOnB(program)
      yield* Effect.sleep(1)
      const client = yield* a.connect(there)
      yield* Effect.sleep(5)
      yield* Fault.crash("b")
      assert.strictEqual((yield* client.recvExactly(5)).length, 5)
      assert.isTrue((yield* Effect.timeoutOption(client.recv(1), "1 day"))._tag === "None")
    })
  )
)
