/**
 * The timeouts of sends that are in flight or wait in the queue. When the send in flight makes progress, the timeouts
 * of all these sends start again.
 *
 * @internal
 */
import { Watchdog, type Watched } from "../waiting/index.ts"
import type { Entry } from "./entry.ts"

/** The part of the send queue that a `SendWatch` uses. */
export interface WatchedQueue {
  /** The unfinished sends that have a timeout. */
  readonly timed: ReadonlyArray<Entry>
  /** Fails the send with `TimedOut`. */
  timeOut(entry: Entry): void
}

export class SendWatch implements Watched {
  readonly later: Watched["later"]
  private readonly queue: WatchedQueue
  private readonly watchdog = new Watchdog(this)
  private progressedAt = 0

  constructor(queue: WatchedQueue, later: Watched["later"]) {
    this.queue = queue
    this.later = later
  }

  /** Called when the send begins to wait. */
  add({ timed }: Entry): void {
    if (timed === undefined) return
    timed.since = this.watchdog.timeOf(timed.fiber)
    this.watchdog.arm(timed.since + timed.timeout, timed.fiber)
  }

  /** Called when the send in flight has made progress. */
  progress(): void {
    this.progressedAt = this.watchdog.now
  }

  /** Called when the queue has failed or closed, so that no send waits any more. */
  stop(): void {
    this.watchdog.stop()
  }

  get dueAt(): number {
    return this.queue.timed.reduce((due, entry) => Math.min(due, this.dueOf(entry)), Number.POSITIVE_INFINITY)
  }

  timeIsUp(now: number): void {
    for (const entry of this.queue.timed) {
      if (this.dueOf(entry) <= now) this.queue.timeOut(entry)
    }
  }

  private dueOf({ timed }: Entry): number {
    return timed === undefined ? Number.POSITIVE_INFINITY : Math.max(timed.since, this.progressedAt) + timed.timeout
  }
}
