/**
 * The scheduled callbacks of a world. A callback without a delay runs at once, inside the call of `after`. If another
 * callback is running, the new callback runs when the running one has returned. A callback with a delay waits for a
 * timer.
 *
 * @internal
 */
import type { Cancel } from "./agenda.ts"

/** Calls back when time has passed. A Clock or a simulation makes time pass. */
export interface Timer {
  /** The current time, in milliseconds. */
  readonly time: number
  /** True if the timer has stopped. Then callbacks of `at` no longer run. */
  readonly stopped: boolean
  /** Calls back at a time. Callbacks of the same time run in the order in which they were added. */
  readonly at: (time: number, happen: () => void) => Cancel
  /** Calls back after all tasks that are ready now have run. */
  readonly soon: (happen: () => void) => void
  /**
   * Calls back once, when nothing is left to do at the current time. `happened` returns the number of callbacks that
   * have run. A timer that cannot see whether fibers wait uses this number.
   */
  readonly whenQuiet: (quiet: () => void, happened: () => number) => Cancel
}

export class Timeline {
  private readonly timer: Timer
  private readonly now: Array<() => void> = []
  private happening = false
  /** The number of callbacks that have run or are about to run, with and without a delay. */
  private happened = 0
  /** The number of callbacks that wait for the timer. */
  private later = 0

  constructor(timer: Timer) {
    this.timer = timer
  }

  get time(): number {
    return this.timer.time
  }

  /** True if time has stopped: no callback with a delay runs any more. */
  get isOver(): boolean {
    return this.timer.stopped
  }

  /** The number of callbacks that are due later. */
  get pending(): number {
    return this.isOver ? 0 : this.later
  }

  after(millis: number, happen: () => void): Cancel {
    if (millis > 0) return this.at(this.time + millis, happen)
    let canceled = false
    this.go(() => {
      if (!canceled) happen()
    })
    return () => {
      canceled = true
    }
  }

  /** Calls back at `time`. If `time` is the current time, callbacks that were added without a delay run first. */
  at(time: number, happen: () => void): Cancel {
    // After time has stopped, no callback with a time runs any more.
    if (this.isOver) return () => {}
    let isPending = true
    const settle = () => {
      if (isPending) this.later -= 1
      isPending = false
    }
    this.later += 1
    const cancel = this.timer.at(time, () => {
      settle()
      this.go(happen)
    })
    return () => {
      settle()
      cancel()
    }
  }

  whenQuiet(quiet: () => void): Cancel {
    return this.timer.whenQuiet(quiet, () => this.happened)
  }

  soon(happen: () => void): void {
    this.timer.soon(happen)
  }

  private go(happen: () => void): void {
    this.happened += 1
    this.now.push(happen)
    if (this.happening) return
    this.happening = true
    try {
      for (let next = this.now.shift(); next !== undefined; next = this.now.shift()) next()
    } finally {
      this.happening = false
    }
  }
}
