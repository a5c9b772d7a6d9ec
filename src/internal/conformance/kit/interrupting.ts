/**
 * Interruption at every point. A fiber runs on its own scheduler, which interrupts it at the n-th point. A point is each
 * step of the fiber, and each time that an event wakes the fiber. An interruption at a wake-up reaches the fiber in the
 * same tick as the result for which it waited.
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

/** More points than any effect in the chapters has. */
const manyOccasions = 2000

/**
 * Runs `effect` repeatedly. Interrupts it at its first interruption point, then at its second, until it has no more. In
 * each run, `meanwhile` runs when `effect` waits or has ended, and `after` runs when `effect` has ended.
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

/** Runs `effect`. Lets it finish, or interrupts it at a random moment. Returns its exit. */
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
