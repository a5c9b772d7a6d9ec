/**
 * The timeouts of the sends that wait, in flight or for their turn: all of them get on when the one in flight does.
 *
 * @internal
 */
import { Watchdog, type Watched } from "../waiting/watchdog.ts"
import type { Entry } from "./queue.ts"

/** What is known of the queue, and can be done to it. */
export interface Watchable {
  /** Those who wait and have a limit. */
  readonly hurried: ReadonlyArray<Entry>
  /** It fails. */
  timeOut(entry: Entry): void
}

export class SendWatch implements Watched {
  readonly later: Watched["later"]
  private readonly queue: Watchable
  private readonly dog = new Watchdog(this)
  private progressedAt = 0

  constructor(queue: Watchable, later: Watched["later"]) {
    this.queue = queue
    this.later = later
  }

  /** It is among those who wait, from now on. */
  attend({ haste }: Entry): void {
    if (haste === undefined) return
    haste.since = this.dog.timeOf(haste.fiber)
    this.dog.arm(haste.since + haste.timeout, haste.fiber)
  }

  /** The queue gets on. */
  progress(): void {
    this.progressedAt = this.dog.now
  }

  /** Nobody will wait any more. */
  stop(): void {
    this.dog.stop()
  }

  get dueAt(): number {
    return this.queue.hurried.reduce((due, entry) => Math.min(due, this.dueOf(entry)), Number.POSITIVE_INFINITY)
  }

  timeIsUp(now: number): void {
    for (const entry of this.queue.hurried) {
      if (this.dueOf(entry) <= now) this.queue.timeOut(entry)
    }
  }

  private dueOf({ haste }: Entry): number {
    return haste === undefined ? Number.POSITIVE_INFINITY : Math.max(haste.since, this.progressedAt) + haste.timeout
  }
}
