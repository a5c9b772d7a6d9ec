/**
 * The virtual time of a simulation. It is also the scheduler of the fibers, so it knows when every fiber waits. Then
 * time jumps to the next callback that is due. The fibers get a Clock that shows this time.
 * See docs/DECISIONS.md#run-is-a-scheduler.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import { type Hold, type Holding, HoldTypeId, holdIn } from "../../waiting/index.ts"
import { Agenda, type Cancel } from "./agenda.ts"
import { Process } from "./process.ts"
import type { Timer } from "./timeline.ts"

/**
 * How many rounds of promises to wait before time jumps. A promise that waits for nothing real usually settles within
 * these rounds. With more rounds, every jump of time would take longer.
 */
const rounds = 32

/** How many rounds of promises to wait if nothing is scheduled at all. This is rare, so the wait may be longer. */
const lastRounds = 4096

/** The number of rounds of promises between two turns of the event loop. */
const promisesPerTurn = 32_768

export class VirtualTime implements Timer, Scheduler.Scheduler, Holding {
  time = 0
  /**
   * The number of tasks and callbacks that have run. Two runs of a deterministic program take the same number of steps.
   */
  steps = 0
  stopped = false
  readonly clock: Clock.Clock
  /** Stops time while something real happens, such as work of Node's TLS. The outer simulation waits too. */
  readonly [HoldTypeId]: Hold = () => this.hold()
  /** Called when every fiber waits and nothing is scheduled. */
  private readonly onStill: () => void
  /**
   * Called when something is scheduled for the first time, and when something is scheduled again after `onStill` or a
   * hold.
   */
  private readonly onMoved: () => void
  private readonly agenda = new Agenda()
  private turns: Scheduler.Scheduler = new Scheduler.MixedScheduler(promisesPerTurn)
  private tasks = new Scheduler.PriorityBuckets()
  private readonly whenAllWait = new Set<() => void>()
  private moving = false
  /** The number of rounds of promises since a task or callback last ran. */
  private quiet = 0
  /** How many holds stop time. */
  private holds = 0

  constructor(on: { readonly still: () => void; readonly moved: () => void }) {
    this.onStill = on.still
    this.onMoved = on.moved
    this.clock = clockOf(this)
  }

  /**
   * Call this before a task runs. If `scheduler` belongs to an outer simulation, or to a process in one, this
   * simulation runs as tasks of `scheduler`. So the outer simulation is not idle while this simulation runs.
   */
  within(scheduler: Scheduler.Scheduler): void {
    const outer = scheduler instanceof Process ? scheduler.outermost : scheduler
    if (outer instanceof VirtualTime) this.turns = scheduler
  }

  at(time: number, happen: () => void): Cancel {
    // An infinite time never comes.
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
    // A new function, so that each call can be canceled separately, even if two calls pass the same callback.
    const own = () => quiet()
    this.whenAllWait.add(own)
    this.move()
    return () => void this.whenAllWait.delete(own)
  }

  readonly shouldYield: Scheduler.Scheduler["shouldYield"] = fiber => this.turns.shouldYield(fiber)

  /** Stops time. Tasks and callbacks of `soon` still run. */
  stop(): void {
    this.stopped = true
    this.agenda.clear()
  }

  private hold(): () => void {
    this.move()
    this.holds += 1
    const releaseOuter = holdIn(this.turns)?.()
    return () => {
      this.holds -= 1
      releaseOuter?.()
      this.move()
    }
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

  /**
   * Runs the tasks that are ready. If no task has been ready for enough rounds of promises, runs the callbacks of
   * `whenQuiet`, or else the next callback that is due. If there is no callback either, the simulation is idle. While
   * time is held, runs only tasks.
   */
  private turn(): void {
    if (this.tasks.buckets.length > 0) {
      this.quiet = 0
      this.runTasks()
    } else if (this.quiet < (this.agenda.size + this.whenAllWait.size > 0 ? rounds : lastRounds)) {
      this.quiet += 1
    } else if (this.holds > 0) {
      this.quiet = 0
      this.moving = false
      return
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

  /**
   * Runs the callbacks of `whenQuiet`. Returns false if there are none, or if another callback is due at the current
   * time.
   */
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

/** The Clock of the fibers that run in virtual time. It begins at 0. */
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
