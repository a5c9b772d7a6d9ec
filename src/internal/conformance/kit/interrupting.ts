/**
 * Interrupts a fiber at each point where an interruption can reach it. The points are the steps of the fiber and its
 * wake-ups by events. The fiber runs on its own scheduler, which counts the points and interrupts the fiber at one of
 * them. If the point is a wake-up, the interruption reaches the fiber in the same tick as the result of its
 * wait.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Scheduler from "effect/Scheduler"
import type { Random } from "./bytes.ts"
import { parked } from "./pairs.ts"
import type { TransportUnderTest } from "./statement.ts"

class InterruptingScheduler implements Scheduler.Scheduler {
  private readonly at: number
  private occasions = 0
  private fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined

  constructor(at: number) {
    this.at = at
  }

  get reached(): boolean {
    return this.occasions > this.at
  }

  shouldYield(fiber: Fiber.RuntimeFiber<unknown, unknown>): number | false {
    this.fiber ??= fiber
    this.occasion()
    return Scheduler.defaultScheduler.shouldYield(fiber)
  }

  scheduleTask(task: Scheduler.Task, priority: number, fiber?: Fiber.RuntimeFiber<unknown, unknown>): void {
    this.occasion()
    Scheduler.defaultScheduler.scheduleTask(task, priority, fiber)
  }

  private occasion(): void {
    if (this.occasions++ === this.at) {
      this.fiber?.unsafeInterruptAsFork(FiberId.none)
    }
  }
}

/** `interruptEverywhere` dies if an effect has this many points. No effect in the chapters has so many. */
const manyOccasions = 2000

/**
 * Runs `effect` repeatedly. The first run is interrupted at the first interruption point, the second run at the second
 * point, and so on. The last run has no further point, so it is not interrupted. In each run, `meanwhile` runs as soon
 * as `effect` waits or has ended. Then `after` runs when `effect` has ended.
 */
export const interruptEverywhere = <A, E, R, E2, R2, E3, R3>(
  on: TransportUnderTest,
  effect: Effect.Effect<A, E, R>,
  meanwhile: Effect.Effect<unknown, E2, R2>,
  after: (exit: Exit.Exit<A, E>) => Effect.Effect<unknown, E3, R3>
): Effect.Effect<void, E2 | E3, R | R2 | R3> =>
  Effect.gen(function* () {
    for (let at = 0; at < manyOccasions; at++) {
      const scheduler = new InterruptingScheduler(at)
      const fiber = yield* Effect.fork(Effect.withScheduler(effect, scheduler))
      yield* parked(on, fiber)
      yield* meanwhile
      const exit = yield* Fiber.await(fiber)
      yield* after(exit)
      if (!scheduler.reached) return
    }
    return yield* Effect.dieMessage(`the effect has ${manyOccasions} or more points at which it can be interrupted`)
  })

/**
 * Runs `effect` and returns its exit. A random number decides whether `effect` may finish, or when it is interrupted.
 */
export const interruptSometime = <A, E, R>(
  on: TransportUnderTest,
  random: Random,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<Exit.Exit<A, E>, never, R> =>
  Effect.gen(function* () {
    const kind = random.int(0, 3)
    if (kind === 0) {
      return yield* Effect.exit(effect)
    }
    if (kind === 1) {
      const onTimeout = () => Cause.interrupt(FiberId.none)
      return yield* Effect.exit(Effect.timeoutFailCause(effect, { duration: random.int(0, 2), onTimeout }))
    }
    const fiber = yield* Effect.fork(effect)
    yield* Effect.repeatN(kind === 2 ? Effect.yieldNow() : on.turn, random.int(0, 4))
    return yield* Fiber.interrupt(fiber)
  })
