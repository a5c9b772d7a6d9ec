/**
 * The limits of the receive that waits, and what becomes of it when one of them has passed: it fails, has consumed
 * nothing, and gives the turn back.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { RecvError, TimedOutBy } from "../SocketError.ts"
import type { HeldLimits } from "./limits.ts"
import { type AnyFiber, Watchdog, type Watched } from "./watchdog.ts"

/** Goes on with what was waited for, or with this instead. */
export type Waiter = (instead?: Effect.Effect<void, RecvError>) => void

/** What is known of the buffer, and can be done to it. */
export interface Watchable {
  /** How many bytes have come. */
  readonly received: number
  /** Whether there is nothing to wait for. */
  readonly isReady: boolean
  /** Whoever waits. */
  waiter: Waiter | undefined
  /** The one who waits fails. */
  timeOut(by: TimedOutBy, limit: number): void
}

export class ReceiveWatch implements Watched {
  readonly later: Watched["later"]
  private readonly buffer: Watchable
  private readonly dog = new Watchdog(this)
  private limits: HeldLimits | undefined
  private waiter: Waiter | undefined
  /** When the receive began to wait, and when the last byte came for it, or the wait for that began. */
  private begun = 0
  private quietSince = 0

  constructor(buffer: Watchable, later: Watched["later"]) {
    this.buffer = buffer
    this.later = later
  }

  /**
   * Waits, and then makes another attempt. `begun`: when the receive began to wait, if it has done so before. The attempt
   * must not be part of what is cleaned up after: an interruption could come between what it takes and its result.
   */
  park<A, E>(
    limits: HeldLimits,
    fiber: AnyFiber,
    begun: number | undefined,
    attempt: (begun: number | undefined) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | RecvError> {
    let since = begun
    const waited = Effect.async<void, RecvError>(resume => {
      const { buffer, dog } = this
      if (buffer.isReady) return resume(Effect.void)
      this.waiter = buffer.waiter = (instead = Effect.void) => {
        this.waiter = undefined
        limits.minThroughput?.end(dog.now)
        resume(instead)
      }
      this.limits = limits
      this.quietSince = dog.timeOf(fiber)
      this.begun = since ??= this.quietSince
      limits.minThroughput?.begin(this.quietSince, buffer.received)
      dog.arm(this.dueAt, fiber)
      return limits.minThroughput && Effect.sync(() => limits.minThroughput?.end(dog.now))
    })
    return Effect.flatMap(waited, () => attempt(since))
  }

  /** Something came, and it waits for more. */
  arrived(): void {
    if (this.isWaiting) this.quietSince = this.dog.now
  }

  /** Whether the one who waits is one with limits. */
  private get isWaiting(): boolean {
    return this.waiter !== undefined && this.waiter === this.buffer.waiter
  }

  /** Nobody will wait any more. */
  stop(): void {
    this.dog.stop()
  }

  get dueAt(): number {
    const { limits } = this
    if (limits === undefined || !this.isWaiting) return Number.POSITIVE_INFINITY
    const sooner = Math.min(this.quietSince + limits.recvTimeout, this.begun + limits.recvDeadline)
    return limits.minThroughput === undefined ? sooner : Math.min(sooner, limits.minThroughput.dueAt)
  }

  timeIsUp(now: number): void {
    const { dueAt, limits } = this
    if (limits === undefined) return
    const { minThroughput, recvDeadline, recvTimeout } = limits
    if (this.quietSince + recvTimeout === dueAt) this.buffer.timeOut("recvTimeout", recvTimeout)
    else if (this.begun + recvDeadline === dueAt) this.buffer.timeOut("recvDeadline", recvDeadline)
    else if (minThroughput !== undefined && !minThroughput.next(now, this.buffer.received)) {
      this.buffer.timeOut("minThroughput", minThroughput.per)
    }
  }
}
