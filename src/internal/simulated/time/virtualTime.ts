/**
 * Time that nobody waits for, and a scheduler that knows when everybody waits: then it is at once the time of what is
 * next. It brings the fibers that run in it their Clock.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import { Agenda, type Cancel } from "./agenda.ts"
import type { Timer } from "./timeline.ts"

/**
 * How many rounds of promises are waited for before time goes on: what a promise answers without waiting for anything
 * real has then been heard. More would make every step of time slower.
 */
const rounds = 32

/** As many before nothing moves any more: that is not said often. */
const lastRounds = 4096

/** Turns of promises after which real events have theirs. */
const promisesPerTurn = 32_768

export class VirtualTime implements Timer, Scheduler.Scheduler {
  time = 0
  /** Tasks that were run, and times that came: the same number in the same run. */
  steps = 0
  stopped = false
  readonly clock: Clock.Clock
  /** Everybody waits, and nothing is going to happen. */
  private readonly onStill: () => void
  /** It was not still after all. */
  private readonly onMoved: () => void
  private readonly agenda = new Agenda()
  private turns: Scheduler.Scheduler = new Scheduler.MixedScheduler(promisesPerTurn)
  private tasks = new Scheduler.PriorityBuckets()
  private readonly whenAllWait = new Set<() => void>()
  private moving = false
  private quiet = 0

  constructor(on: { readonly still: () => void; readonly moved: () => void }) {
    this.onStill = on.still
    this.onMoved = on.moved
    this.clock = clockOf(this)
  }

  /** Has its turns within another one: that has something to do for as long as this has. Before anything is run. */
  within(scheduler: Scheduler.Scheduler): void {
    if (scheduler instanceof VirtualTime) this.turns = scheduler
  }

  at(time: number, happen: () => void): Cancel {
    // What is infinitely far away never happens.
    if (this.stopped || !Number.isFinite(time)) return () => {}
    this.move()
    return this.agenda.add(time, happen)
  }

  soon(happen: () => void): void {
    this.scheduleTask(happen, 0)
  }

  scheduleTask(task: Scheduler.Task, priority: number): void {
    this.tasks.scheduleTask(task, priority)
    this.move()
  }

  whenQuiet(quiet: () => void): Cancel {
    // Not the same as another's.
    const own = () => quiet()
    this.whenAllWait.add(own)
    this.move()
    return () => void this.whenAllWait.delete(own)
  }

  readonly shouldYield: Scheduler.Scheduler["shouldYield"] = fiber => this.turns.shouldYield(fiber)

  /** Time stands still from now on. What takes none still happens. */
  stop(): void {
    this.stopped = true
    this.agenda.clear()
  }

  private move(): void {
    if (this.moving) return
    this.moving = true
    this.onMoved()
    this.again()
  }

  private again(): void {
    this.turns.scheduleTask(() => this.turn(), 0)
  }

  /** What is ready; else, when promises have been heard, what is next; else nothing moves any more. */
  private turn(): void {
    if (this.tasks.buckets.length > 0) {
      this.quiet = 0
      this.runTasks()
    } else if (this.quiet < (this.agenda.size + this.whenAllWait.size > 0 ? rounds : lastRounds)) {
      this.quiet += 1
    } else if (!this.sayQuiet() && !this.runNext()) {
      this.moving = false
      if (!this.stopped) this.onStill()
      return
    }
    this.again()
  }

  private runTasks(): void {
    const { buckets } = this.tasks
    this.tasks = new Scheduler.PriorityBuckets()
    for (const [, tasks] of buckets) {
      this.steps += tasks.length
      for (const task of tasks) task()
    }
  }

  /** Before time goes on. */
  private sayQuiet(): boolean {
    const told = [...this.whenAllWait]
    if (told.length === 0 || this.agenda.next === this.time) return false
    this.whenAllWait.clear()
    this.quiet = 0
    for (const quiet of told) quiet()
    return true
  }

  private runNext(): boolean {
    const { next } = this.agenda
    if (next === undefined) return false
    this.quiet = 0
    this.steps += 1
    this.time = next
    this.agenda.take(next)?.()
    return true
  }
}

/** The Clock of the fibers for which this is the time. It begins at 0. */
const clockOf = (virtual: VirtualTime): Clock.Clock => {
  const nanos = () => BigInt(Math.round(virtual.time * 1_000_000))
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => virtual.time,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(() => virtual.time),
    currentTimeNanos: Effect.sync(nanos),
    sleep: duration =>
      Effect.async(resume => {
        const cancel = virtual.at(virtual.time + Duration.toMillis(duration), () => resume(Effect.void))
        return Effect.sync(cancel)
      })
  }
}
