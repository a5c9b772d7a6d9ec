/**
 * One fiber that sleeps until the first of those who wait could be out of time. It is forked when somebody begins to
 * wait and none is there that wakes in time, it sleeps on while others come and go, and ends when it wakes and nobody
 * waits. So a wait that ends in time costs a look at the Clock.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"

/** Those who wait. All times are in milliseconds. */
export interface Watched {
  /** When the first of them is out of time: never where nobody waits. */
  readonly dueAt: number
  /** Tells those who are out of time. */
  timeIsUp(now: number): void
  /** Runs the callback after other events have had their turn. */
  later(callback: () => void): void
}

export type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** A Clock may take a longer one for never. */
const longestSleep = 2 ** 31 - 1

/** Times are sums of fractions: what is due within so many milliseconds is due now, or the rest could take for ever. */
const precision = 0.001

const never = Number.POSITIVE_INFINITY

export class Watchdog {
  private readonly watched: Watched
  private clock: Clock.Clock | undefined
  private fiber: Fiber.RuntimeFiber<void> | undefined
  private wakesAt = never

  constructor(watched: Watched) {
    this.watched = watched
  }

  /** The time, by the Clock that was asked last. It is the one that never goes back. */
  get now(): number {
    return this.clock === undefined ? 0 : Number(this.clock.unsafeCurrentTimeNanos()) / 1e6
  }

  /** The time, by the Clock of this fiber. */
  timeOf(fiber: AnyFiber): number {
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    if (clock !== this.clock) {
      this.stop()
      this.clock = clock
    }
    return this.now
  }

  /** This fiber is about to wait, and out of time then: somebody has to be awake. */
  arm(due: number, fiber: AnyFiber): void {
    if (due >= this.wakesAt) return
    this.stop()
    const runtime = Runtime.make({
      context: fiber.currentContext,
      fiberRefs: fiber.getFiberRefs(),
      // Whoever waits may not be interruptible: this can be stopped all the same.
      runtimeFlags: Runtime.defaultRuntimeFlags
    })
    const watching = Runtime.runFork(runtime)(Effect.suspend(() => this.watch(false)))
    this.fiber = watching
    watching.addObserver(() => {
      if (this.fiber !== watching) return
      this.fiber = undefined
      this.wakesAt = never
    })
  }

  /** Nobody waits any more. */
  stop(): void {
    this.fiber?.unsafeInterruptAsFork(FiberId.none)
    this.fiber = undefined
    this.wakesAt = never
  }

  /** `again`: others have had their turn since somebody was found out of time. What had come for him has been heard. */
  private watch(again: boolean): Effect.Effect<void> {
    const { clock, now, watched } = this
    const { dueAt } = watched
    this.wakesAt = Math.min(dueAt, now + longestSleep)
    if (clock === undefined || dueAt === never) {
      this.wakesAt = never
      return Effect.void
    }
    if (dueAt - now >= precision) {
      return Effect.flatMap(clock.sleep(Duration.millis(this.wakesAt - now)), () => this.watch(false))
    }
    if (!again) {
      const turn = Effect.async<void>(resume => watched.later(() => resume(Effect.void)))
      return Effect.flatMap(turn, () => this.watch(true))
    }
    watched.timeIsUp(Math.max(now, dueAt))
    return this.watch(false)
  }
}
