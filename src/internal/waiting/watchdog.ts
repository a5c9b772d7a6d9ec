/**
 * A fiber that sleeps until the first timeout of a socket could pass. It is forked when a fiber begins to wait and no
 * watchdog wakes in time. It goes on sleeping while waits begin and end, and ends when it wakes and no fiber waits. So a
 * wait that ends in time costs one look at the Clock.
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

/** What a watchdog watches. All times are in milliseconds. */
export interface Watched {
  /** When the first timeout passes; `Infinity` while no fiber waits. */
  readonly dueAt: number
  /** Fails the waits whose timeout has passed. */
  timeIsUp(now: number): void
  /** Runs the callback after a turn of the event loop. */
  later(callback: () => void): void
}

export type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** Longer than the longest sleep of Node's timers, a sleep would end at once. */
const longestSleep = 2 ** 31 - 1

/** Times are sums of fractions: a timeout due within so many milliseconds counts as due. */
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

  /** The time by the Clock that was used last. Nanoseconds, because that clock never goes back. */
  get now(): number {
    return this.clock === undefined ? 0 : Number(this.clock.unsafeCurrentTimeNanos()) / 1e6
  }

  /** The time by the Clock of this fiber. */
  timeOf(fiber: AnyFiber): number {
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    if (clock !== this.clock) {
      this.stop()
      this.clock = clock
    }
    return this.now
  }

  /** This fiber is about to wait until `due` at most: makes sure that a watchdog wakes by then. */
  arm(due: number, fiber: AnyFiber): void {
    if (due >= this.wakesAt) return
    this.stop()
    const runtime = Runtime.make({
      context: fiber.currentContext,
      fiberRefs: fiber.getFiberRefs(),
      // The waiting fiber may be uninterruptible; the watchdog must not be.
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

  /** No fiber waits any more. */
  stop(): void {
    this.fiber?.unsafeInterruptAsFork(FiberId.none)
    this.fiber = undefined
    this.wakesAt = never
  }

  /** `again`: a turn of the event loop has passed since a timeout was found due, so bytes that had arrived were seen. */
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
