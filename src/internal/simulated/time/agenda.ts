/**
 * The callbacks that are due later, in a binary heap. They are ordered by time, and then by the order in which they
 * were added. If a callback is canceled, its entry stays in the heap until it would be next, or until more than half of
 * the entries are canceled.
 *
 * @internal
 */

/** Cancels a callback that has not run yet. */
export type Cancel = () => void

interface Due {
  readonly at: number
  readonly order: number
  happen: (() => void) | undefined
}

const isBefore = (one: Due, other: Due): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

export class Agenda {
  private heap: Array<Due> = []
  private order = 0
  private canceled = 0

  /** The number of callbacks that are not canceled. */
  get size(): number {
    return this.heap.length - this.canceled
  }

  add(at: number, happen: () => void): Cancel {
    const due: Due = { at, order: this.order++, happen }
    this.heap.push(due)
    this.rise(this.heap.length - 1)
    return () => {
      if (due.happen === undefined) return
      due.happen = undefined
      this.canceled += 1
      if (this.canceled * 2 > this.heap.length) this.sweep()
    }
  }

  /** The time of the earliest callback. Undefined if there is none. */
  get next(): number | undefined {
    while (this.heap.length > 0 && this.heap[0]!.happen === undefined) {
      this.canceled -= 1
      this.remove()
    }
    return this.heap[0]?.at
  }

  /** Removes and returns the earliest callback, if it is due at the time `by` or earlier. */
  take(by: number): (() => void) | undefined {
    const { next } = this
    if (next === undefined || next > by) return undefined
    const due = this.heap[0]!
    this.remove()
    const { happen } = due
    // Clears `happen`, so that a later cancel has no effect.
    due.happen = undefined
    return happen
  }

  clear(): void {
    for (const due of this.heap) due.happen = undefined
    this.heap = []
    this.canceled = 0
  }

  /** Removes the first entry of the heap. The last entry takes its place and sinks. */
  private remove(): void {
    const last = this.heap.pop()!
    if (this.heap.length > 0) {
      this.heap[0] = last
      this.sink(0)
    }
  }

  private sweep(): void {
    this.heap = this.heap.filter(due => due.happen !== undefined)
    this.canceled = 0
    for (let i = (this.heap.length >> 1) - 1; i >= 0; i--) this.sink(i)
  }

  private rise(i: number): void {
    const due = this.heap[i]!
    for (let up = (i - 1) >> 1; i > 0 && isBefore(due, this.heap[up]!); up = (i - 1) >> 1) {
      this.heap[i] = this.heap[up]!
      i = up
    }
    this.heap[i] = due
  }

  private sink(i: number): void {
    const due = this.heap[i]!
    for (let down = this.earlierChild(i); down < this.heap.length && isBefore(this.heap[down]!, due); ) {
      this.heap[i] = this.heap[down]!
      i = down
      down = this.earlierChild(i)
    }
    this.heap[i] = due
  }

  private earlierChild(i: number): number {
    const left = 2 * i + 1
    const right = left + 1
    return right < this.heap.length && isBefore(this.heap[right]!, this.heap[left]!) ? right : left
  }
}
