/**
 * The scheduled callbacks of a world. A callback that is due at once runs before `after` returns, or after the current
 * callback if there is one: callbacks never run inside each other. A callback that is due later waits for a timer.
 *
 * @internal
 */
import type { Cancel } from "./agenda.ts"

/** Calls back when time has passed. It does not matter what makes time pass: a Clock or a simulation. */
export interface Timer {
  /** In milliseconds. */
  readonly time: number
  /** If true, only callbacks of `soon` still run. */
  readonly stopped: boolean
  /** Calls back at a time. Callbacks of the same time run in the order in which they were added. */
  readonly at: (time: number, happen: () => void) => Cancel
  /** Calls back after everything else that is ready has had its turn. */
  readonly soon: (happen: () => void) => void
  /**
   * Calls back once, when nothing is left to do at the current time. `happened` returns how many callbacks have run. A timer
   * that cannot see whether fibers wait needs it.
   */
  readonly whenQuiet: (quiet: () => void, happened: () => number) => Cancel
}

export class Timeline {
  private readonly timer: Timer
  private readonly now: Array<() => void> = []
  private happening = false
  /** How many callbacks have been due, at once or later. */
  private happened = 0
  /** How many callbacks wait for the timer. */
  private later = 0

  constructor(timer: Timer) {
    this.timer = timer
  }

  get time(): number {
    return this.timer.time
  }

  /** If true, nothing that takes time happens any more. */
  get isOver(): boolean {
    return this.timer.stopped
  }

  /** How many callbacks are due later. */
  get pending(): number {
    return this.isOver ? 0 : this.later
  }

  after(millis: number, happen: () => void): Cancel {
    if (millis > 0) return this.at(this.time + millis, happen)
    let cancelled = false
    this.go(() => {
      if (!cancelled) happen()
    })
    return () => {
      cancelled = true
    }
  }

  /** Calls back at a time. Callbacks that are due at once come first, even if `time` is now. */
  at(time: number, happen: () => void): Cancel {
    // After the end, no callback is due any more.
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
