import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Supervisor from "effect/Supervisor"
import * as TestClock from "effect/TestClock"
import { Watchdog, type Watched } from "../../../src/internal/waiting/watchdog.ts"
import * as SimulatedNetwork from "../../../src/SimulatedNetwork.ts"

/** Named waits, and in `up` the time at which the watchdog found each of them due. */
class Waiting implements Watched {
  readonly due = new Map<string, number>()
  readonly up: Array<readonly [string, number]> = []
  readonly dog = new Watchdog(this)
  /** Runs during a turn of the event loop, as other events would. */
  meanwhile = () => {}

  get dueAt() {
    return Math.min(Number.POSITIVE_INFINITY, ...this.due.values())
  }

  timeIsUp(now: number) {
    for (const [name, due] of this.due) {
      if (due > now) continue
      this.due.delete(name)
      this.up.push([name, now])
    }
  }

  later(callback: () => void) {
    queueMicrotask(() => {
      this.meanwhile()
      callback()
    })
  }

  /** Starts a wait with a timeout of this many milliseconds. */
  wait(name: string, millis: number) {
    return Effect.withFiberRuntime<void>(fiber => {
      const due = this.dog.timeOf(fiber) + millis
      this.due.set(name, due)
      this.dog.arm(due, fiber)
      return Effect.void
    })
  }
}

/** Counts the fibers that were started, and those that are running. */
class Count extends Supervisor.AbstractSupervisor<number> {
  started = 0
  running = 0
  readonly value = Effect.sync(() => this.started)
  override onStart() {
    this.started += 1
    this.running += 1
  }
  override onEnd() {
    this.running -= 1
  }
}

const timers = () => process.getActiveResourcesInfo().filter(kind => kind === "Timeout").length

/** Runs a program in virtual time. */
const simulated = <A>(program: Effect.Effect<A>) => SimulatedNetwork.run(program, { strict: true })

describe("Watchdog", () => {
  it.live("finds each wait due at exactly its time, and ends when there are no waits", () =>
    Effect.gen(function* () {
      const count = new Count()
      const waiting = new Waiting()
      yield* simulated(
        Effect.gen(function* () {
          yield* waiting.wait("later", 70)
          yield* Effect.sleep(20)
          yield* waiting.wait("sooner", 30)
          yield* waiting.wait("latest", 60)
          yield* Effect.sleep(1000)
          assert.strictEqual(count.running, 0)
        }).pipe(Effect.supervised(count))
      )
      assert.deepStrictEqual(waiting.up, [
        ["sooner", 50],
        ["later", 70],
        ["latest", 80]
      ])
      // A second fiber started because "sooner" was due before the first fiber would have woken.
      assert.strictEqual(count.started, 2)
    })
  )

  it.live("is one fiber while waits begin and end in time, and a new one only after it has ended", () =>
    Effect.gen(function* () {
      const count = new Count()
      const waiting = new Waiting()
      yield* simulated(
        Effect.gen(function* () {
          for (let n = 0; n < 1000; n++) {
            yield* waiting.wait("one", 5000)
            yield* Effect.sleep(4)
            waiting.due.delete("one")
          }
          assert.strictEqual(count.started, 1)
          yield* Effect.sleep(5000)
          assert.strictEqual(count.running, 0)
          yield* waiting.wait("one", 5000)
          assert.strictEqual(count.started, 2)
          yield* Effect.sleep(6000)
        }).pipe(Effect.supervised(count))
      )
      assert.deepStrictEqual(waiting.up, [["one", 14_000]])
    })
  )

  it.live("handles a timeout that is longer than the longest timer", () =>
    Effect.gen(function* () {
      const days = 60 * 24 * 60 * 60 * 1000
      const waiting = new Waiting()
      const program = Effect.gen(function* () {
        const clock = yield* Effect.clock
        const asLive: Clock.Clock = {
          ...clock,
          sleep: duration =>
            Duration.toMillis(duration) > 2 ** 31 - 1 ? Effect.async<void>(() => {}) : clock.sleep(duration)
        }
        yield* Effect.withClock(waiting.wait("patient", days), asLive)
        yield* Effect.sleep(2 * days)
      })
      yield* simulated(program)
      assert.deepStrictEqual(waiting.up, [["patient", days]])
    })
  )

  it.live("finds a wait due although a sum of fractions is a little larger than expected", () =>
    Effect.gen(function* () {
      const waiting = new Waiting()
      yield* simulated(
        Effect.gen(function* () {
          yield* Effect.sleep(0.1)
          yield* waiting.wait("one", 0.2)
          yield* Effect.sleep(1)
        })
      )
      assert.deepStrictEqual(waiting.up, [["one", 0.1 + 0.2]])
    })
  )

  it.live("lets events that have arrived run before it finds a wait due", () =>
    Effect.gen(function* () {
      const waiting = new Waiting()
      yield* simulated(
        Effect.gen(function* () {
          yield* waiting.wait("one", 10)
          waiting.meanwhile = () => void waiting.due.set("one", 15)
          yield* Effect.sleep(12)
          waiting.meanwhile = () => {}
          yield* Effect.sleep(20)
        })
      )
      assert.deepStrictEqual(waiting.up, [["one", 15]])
    })
  )

  it.effect("uses the Clock of the waiting fiber", () =>
    Effect.gen(function* () {
      const waiting = new Waiting()
      yield* waiting.wait("one", 60_000)
      yield* TestClock.adjust("59 seconds")
      assert.deepStrictEqual(waiting.up, [])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(waiting.up, [["one", 60_000]])
      yield* Effect.withClock(waiting.wait("another", 60_000), Clock.make())
      assert.isAbove(waiting.dueAt, 1e12)
      waiting.dog.stop()
    })
  )

  it.live("can be stopped, even if it was forked in an uninterruptible region, and leaves no timer", () =>
    Effect.gen(function* () {
      const before = timers()
      const waiting = new Waiting()
      yield* Effect.uninterruptible(waiting.wait("one", 60_000))
      assert.strictEqual(timers(), before + 1)
      waiting.dog.stop()
      waiting.dog.stop()
      for (let turns = 0; turns < 100 && timers() > before; turns++) yield* Effect.yieldNow()
      assert.strictEqual(timers(), before)
    })
  )
})
