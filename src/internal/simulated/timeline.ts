/**
 * What is to happen in a world, by time and then by the order in which it was arranged. What is due at once happens
 * before `after` returns, one thing after the other and never one inside the other; what is due later waits for one
 * fiber that sleeps to the earliest, on whatever clock the world was made with.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Runtime from "effect/Runtime"

interface Due {
  readonly at: number
  readonly happen: () => void
}

/** Takes back what was arranged, if it has not happened yet. */
export type Cancel = () => void

export class Timeline {
  private readonly clock: Clock.Clock
  private readonly runtime: Runtime.Runtime<never>
  private readonly now: Array<() => void> = []
  private happening = false
  /** By time, and of one time in the order in which they were arranged. */
  private later: Array<Due> = []
  private pump: { readonly at: number; readonly fiber: Fiber.RuntimeFiber<void> } | undefined

  constructor(clock: Clock.Clock, runtime: Runtime.Runtime<never>) {
    this.clock = clock
    this.runtime = runtime
  }

  /** In milliseconds. */
  get time(): number {
    return this.clock.unsafeCurrentTimeMillis()
  }

  after(millis: number, happen: () => void): Cancel {
    if (millis > 0) {
      return this.arrange(this.time + millis, happen)
    }
    let cancelled = false
    this.now.push(() => {
      if (!cancelled) happen()
    })
    this.go()
    return () => {
      cancelled = true
    }
  }

  /** After whatever else is ready has had its turn. */
  soon(happen: () => void): void {
    FiberRefs.getOrDefault(this.runtime.fiberRefs, FiberRef.currentScheduler).scheduleTask(happen, 0)
  }

  /** Nothing more happens. */
  stop(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.later = []
      const fiber = this.pump?.fiber
      return fiber === undefined ? Effect.void : Effect.asVoid(fiber.interruptAsFork(fiber.id()))
    })
  }

  private arrange(at: number, happen: () => void): Cancel {
    const due: Due = { at, happen }
    // The latest come last: almost always this is where a new one belongs.
    let i = this.later.length
    while (i > 0 && this.later[i - 1]!.at > at) i--
    this.later.splice(i, 0, due)
    this.arm()
    return () => {
      this.later = this.later.filter(other => other !== due)
      this.arm()
    }
  }

  private go(): void {
    if (this.happening) return
    this.happening = true
    try {
      for (let happen = this.now.shift(); happen !== undefined; happen = this.now.shift()) happen()
    } finally {
      this.happening = false
    }
  }

  private arm(): void {
    const earliest = this.later[0]
    if (this.pump !== undefined && (earliest === undefined || earliest.at < this.pump.at)) {
      const { fiber } = this.pump
      this.pump = undefined
      Runtime.runFork(this.runtime)(fiber.interruptAsFork(fiber.id()))
    }
    if (earliest !== undefined && this.pump === undefined) {
      const wake = Effect.delay(
        Effect.sync(() => this.due()),
        Math.max(0, earliest.at - this.time)
      )
      this.pump = { at: earliest.at, fiber: Runtime.runFork(this.runtime)(wake) }
    }
  }

  private due(): void {
    this.pump = undefined
    const { time } = this
    while (this.later.length > 0 && this.later[0]!.at <= time) this.now.push(this.later.shift()!.happen)
    this.arm()
    this.go()
  }
}
