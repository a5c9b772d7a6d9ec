/**
 * What is to happen in a world. What is due at once happens before `after` returns, one thing after the other and never
 * one inside the other; what is due later waits for a timer.
 *
 * @internal
 */
import type { Cancel } from "./agenda.ts"

/** Calls back as time goes by, whoever makes it go by. */
export interface Timer {
  /** In milliseconds. */
  readonly time: number
  /** It never calls back again, but for `soon`. */
  readonly stopped: boolean
  /** At this time, and of what has the same time in the order in which it was asked for. */
  readonly at: (time: number, happen: () => void) => Cancel
  /** After whatever else is ready has had its turn. */
  readonly soon: (happen: () => void) => void
  /**
   * When nobody has anything to do, and nothing is to happen at this time any more. `happened` says how much has, for a
   * timer that does not know what everybody does.
   */
  readonly whenQuiet: (quiet: () => void, happened: () => number) => Cancel
}

export class Timeline {
  private readonly timer: Timer
  private readonly now: Array<() => void> = []
  private happening = false
  /** How much has happened, whoever wanted it. */
  private happened = 0
  private later = 0

  constructor(timer: Timer) {
    this.timer = timer
  }

  get time(): number {
    return this.timer.time
  }

  /** What takes time does not happen any more. */
  get isOver(): boolean {
    return this.timer.stopped
  }

  /** How much is to happen later. */
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

  /** After what is due at once, be it of the same time. */
  at(time: number, happen: () => void): Cancel {
    // Then it does not happen.
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
