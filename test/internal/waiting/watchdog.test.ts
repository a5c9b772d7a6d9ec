import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Supervisor from "effect/Supervisor"
import * as TestClock from "effect/TestClock"
import { Watchdog, type Watched } from "../../../src/internal/waiting/watchdog.ts"
import * as SimulatedNetwork from "../../../src/SimulatedNetwork.ts"

/** Those who wait, and when each of them was found out of time. */
class Waiting implements Watched {
  readonly due = new Map<string, number>()
  readonly up: Array<readonly [string, number]> = []
  readonly dog = new Watchdog(this)
  /** What others do in their turn. */
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

  /** From now on it waits, for so many milliseconds. */
  wait(name: string, millis: number) {
    return Effect.withFiberRuntime<void>(fiber => {
      const due = this.dog.timeOf(fiber) + millis
      this.due.set(name, due)
      this.dog.arm(due, fiber)
      return Effect.void
    })
  }
}

/** Counts the fibers that are started, and those that are there. */
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

/** In a time that nobody waits for. */
const simulated = <A>(program: Effect.Effect<A>) => SimulatedNetwork.run(program, { strict: true })

describe("Watchdog", () => {
  it.live("finds each out of time just when it is, and ends when nobody waits", () =>
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
      // One, and another where somebody had less time than the first one slept for.
      assert.strictEqual(count.started, 2)
    })
  )

  it.live("is one fiber while others come and go in time, and one more after it has found nobody", () =>
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

  it.live("waits for longer than a timer can", () =>
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

  it.live("finds them out of time also where a sum of fractions is a little more than its parts", () =>
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

  it.live("hears what has come by then, before it finds anybody out of time", () =>
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

  it.effect("goes by the Clock of whoever waits", () =>
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

  it.live("can be stopped, wherever it was forked, and leaves no timer", () =>
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
