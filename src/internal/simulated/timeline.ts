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
}

export class Timeline {
  private readonly timer: Timer
  private readonly now: Array<() => void> = []
  private happening = false

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
    return this.timer.at(time, () => this.go(happen))
  }

  soon(happen: () => void): void {
    this.timer.soon(happen)
  }

  private go(happen: () => void): void {
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
