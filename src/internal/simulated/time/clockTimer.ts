/**
 * A timer on any Clock. One fiber sleeps until the earliest callback is due. There is only one fiber, because a
 * TestClock wakes fibers that sleep until the same time in reverse order. A TestClock also needs milliseconds for each
 * fiber that sleeps.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Runtime from "effect/Runtime"
import { Agenda, type Cancel } from "./agenda.ts"
import type { Timer } from "./timeline.ts"

/** If the scheduler runs all ready fibers this many times and nothing happens on the network, the network is idle. */
const quietTurns = 32

export class ClockTimer implements Timer {
  stopped = false
  private readonly clock: Clock.Clock
  private readonly runtime: Runtime.Runtime<never>
  private readonly agenda = new Agenda()
  private sleeper: { readonly at: number; readonly fiber: Fiber.RuntimeFiber<void> } | undefined

  constructor(clock: Clock.Clock, runtime: Runtime.Runtime<never>) {
    this.clock = clock
    this.runtime = runtime
  }

  get time(): number {
    return this.clock.unsafeCurrentTimeMillis()
  }

  at(time: number, happen: () => void): Cancel {
    if (this.stopped) return () => {}
    const cancel = this.agenda.add(time, happen)
    this.arm()
    return () => {
      cancel()
      this.arm()
    }
  }

  soon(happen: () => void): void {
    FiberRefs.getOrDefault(this.runtime.fiberRefs, FiberRef.currentScheduler).scheduleTask(happen, 0)
  }

  /**
   * Calls back when the scheduler has run all ready fibers `quietTurns` times and nothing has happened on the network.
   * This is a guess: a timer on a Clock cannot see whether other fibers wait, so it counts turns.
   */
  whenQuiet(quiet: () => void, happened: () => number): Cancel {
    let isWanted = true
    let turns = 0
    let before = happened()
    const look = () => {
      if (!isWanted) return
      const { next } = this.agenda
      const isBusy = happened() !== before || (next !== undefined && next <= this.time)
      turns = isBusy ? 0 : turns + 1
      before = happened()
      if (turns < quietTurns) this.soon(look)
      else quiet()
    }
    this.soon(look)
    return () => {
      isWanted = false
    }
  }

  /** Cancels all callbacks. Callbacks that are added later never run. */
  readonly stop: Effect.Effect<void> = Effect.sync(() => {
    this.stopped = true
    this.agenda.clear()
    this.arm()
  })

  /** Keeps one fiber asleep until the earliest callback is due. If there is no callback, there is no fiber. */
  private arm(): void {
    const { next } = this.agenda
    if (this.sleeper !== undefined && (next === undefined || next < this.sleeper.at)) {
      this.sleeper.fiber.unsafeInterruptAsFork(FiberId.none)
      this.sleeper = undefined
    }
    if (next !== undefined && this.sleeper === undefined) {
      const due = Effect.tapErrorCause(
        Effect.sync(() => this.due()),
        Effect.logError
      )
      const wake = Effect.delay(due, Math.max(0, next - this.time))
      this.sleeper = { at: next, fiber: Runtime.runFork(this.runtime)(wake) }
    }
  }

  /**
   * Runs the callbacks that are due. Runs at most as many as the agenda has at the start, so that callbacks that add
   * callbacks for the same time cannot keep this loop running forever.
   */
  private due(): void {
    this.sleeper = undefined
    const { time } = this
    try {
      for (let left = this.agenda.size; left > 0; left--) this.agenda.take(time)?.()
    } finally {
      this.arm()
    }
  }
}
