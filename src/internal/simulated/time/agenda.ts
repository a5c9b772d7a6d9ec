/**
 * What is to happen later, by time and then by the order in which it was arranged: a binary heap. What was cancelled
 * stays in it until it would be next, or until half of all is of that kind.
 *
 * @internal
 */

/** Takes back what was arranged, if it has not happened yet. */
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
  private cancelled = 0

  /** How much is to happen. */
  get size(): number {
    return this.heap.length - this.cancelled
  }

  add(at: number, happen: () => void): Cancel {
    const due: Due = { at, order: this.order++, happen }
    this.heap.push(due)
    this.rise(this.heap.length - 1)
    return () => {
      if (due.happen === undefined) return
      due.happen = undefined
      this.cancelled += 1
      if (this.cancelled * 2 > this.heap.length) this.sweep()
    }
  }

  /** When the earliest of it is to happen. */
  get next(): number | undefined {
    while (this.heap.length > 0 && this.heap[0]!.happen === undefined) {
      this.cancelled -= 1
      this.remove()
    }
    return this.heap[0]?.at
  }

  /** Takes out the earliest, if it is due by then. */
  take(by: number): (() => void) | undefined {
    const { next } = this
    if (next === undefined || next > by) return undefined
    const due = this.heap[0]!
    this.remove()
    const { happen } = due
    // Happened: there is nothing left to cancel.
    due.happen = undefined
    return happen
  }

  clear(): void {
    for (const due of this.heap) due.happen = undefined
    this.heap = []
    this.cancelled = 0
  }

  /** The first out, the last in its place. */
  private remove(): void {
    const last = this.heap.pop()!
    if (this.heap.length > 0) {
      this.heap[0] = last
      this.sink(0)
    }
  }

  private sweep(): void {
    this.heap = this.heap.filter(due => due.happen !== undefined)
    this.cancelled = 0
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
