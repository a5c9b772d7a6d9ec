/**
 * A watchdog: a fiber that sleeps until the earliest timeout of a socket. It is forked when another fiber begins to
 * wait, if no watchdog will wake in time. The watchdog continues to sleep while such waits begin and end. If no fiber
 * waits when the watchdog wakes, it ends. So a wait that ends in time usually costs only one reading of the Clock.
 * See docs/DECISIONS.md#timeouts-cost-only-while-a-fiber-waits.
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

/** The timeouts that a watchdog watches. All times are in milliseconds. */
export interface Watched {
  /** When the earliest timeout passes. `Infinity` while no fiber waits. */
  readonly dueAt: number
  /** Fails the waits whose timeout has passed. */
  timeIsUp(now: number): void
  /** Runs the callback after one turn of the event loop. */
  later(callback: () => void): void
}

export type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** The longest sleep of Node's timers, in milliseconds. A longer sleep would end at once. */
const longestSleep = 2 ** 31 - 1

/**
 * In milliseconds. A timeout that will pass within this time counts as passed. Times are sums of fractions, so they are
 * not exact.
 */
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

  /**
   * The time of the Clock that was used last, in milliseconds. The nanoseconds of the Clock are read, because they
   * never go back.
   */
  get now(): number {
    return this.clock === undefined ? 0 : Number(this.clock.unsafeCurrentTimeNanos()) / 1e6
  }

  /**
   * Returns the time of the Clock of this fiber, in milliseconds. If it is another Clock than before, stops the
   * watchdog.
   */
  timeOf(fiber: AnyFiber): number {
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    if (clock !== this.clock) {
      this.stop()
      this.clock = clock
    }
    return this.now
  }

  /**
   * Called when this fiber is about to wait, at most until `due`. Makes sure that a watchdog wakes at `due` or earlier.
   */
  arm(due: number, fiber: AnyFiber): void {
    if (due >= this.wakesAt) return
    this.stop()
    const runtime = Runtime.make({
      context: fiber.currentContext,
      fiberRefs: fiber.getFiberRefs(),
      // The watchdog must be interruptible, even if the waiting fiber is not. So it does not inherit the flags of that
      // fiber.
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

  /** Interrupts the watchdog, if there is one. */
  stop(): void {
    this.fiber?.unsafeInterruptAsFork(FiberId.none)
    this.fiber = undefined
    this.wakesAt = never
  }

  /**
   * Sleeps until the earliest timeout passes. Then waits for one turn of the event loop, in which the socket receives
   * bytes that have already arrived. Then calls `timeIsUp`. `again` is true if that turn has passed.
   */
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
