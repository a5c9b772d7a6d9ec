/**
 * The timeouts of the receive that waits, and what becomes of it when one of them has passed: it fails, has consumed
 * nothing, and gives the turn back.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { RecvError, TimedOutBy } from "../../SocketError.ts"
import type { Throughput } from "../waiting/throughput.ts"
import type { SocketTimeouts } from "../waiting/timeouts.ts"
import { type AnyFiber, Watchdog, type Watched } from "../waiting/watchdog.ts"

/** Goes on with this. */
export type Waiter = (effect: Effect.Effect<unknown, unknown>) => void

/** What is known of the buffer, and can be done to it. */
export interface Watchable {
  /** How many bytes have come. */
  readonly received: number
  /** Whether there is nothing to wait for. */
  readonly isReady: boolean
  /** Whoever waits, and what comes after the wait. */
  waiter: Waiter | undefined
  next: Effect.Effect<unknown, unknown>
  /** The one who waits fails. */
  timeOut(by: TimedOutBy, limit: number): void
}

export class ReceiveWatch implements Watched {
  readonly later: Watched["later"]
  private readonly buffer: Watchable
  private readonly dog = new Watchdog(this)
  private timeouts: SocketTimeouts | undefined
  private waiter: Waiter | undefined
  /** When the receive began to wait, and when the last byte came for it, or the wait for that began. */
  private begun = 0
  private quietSince = 0

  constructor(buffer: Watchable, later: Watched["later"]) {
    this.buffer = buffer
    this.later = later
  }

  /**
   * Waits, and then makes another attempt, which is told when the receive began to wait: at `begun`, if it has done so
   * before.
   */
  park<A, E>(
    timeouts: SocketTimeouts,
    fiber: AnyFiber,
    begun: number | undefined,
    attempt: (begun: number | undefined) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | RecvError> {
    return timeouts.minThroughput === undefined
      ? this.wait(timeouts, fiber, begun, attempt)
      : this.parkCounted(timeouts.minThroughput, timeouts, fiber, begun, attempt)
  }

  /**
   * The same where the time of waiting is counted, that of a wait which is interrupted too. What sees to that has to be
   * over before the attempt: else an interruption could come between what it takes and its result.
   */
  private parkCounted<A, E>(
    throughput: Throughput,
    timeouts: SocketTimeouts,
    fiber: AnyFiber,
    begun: number | undefined,
    attempt: (begun: number | undefined) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | RecvError> {
    let since = begun
    const noted = (begun: number | undefined) => {
      since = begun
      return Effect.void
    }
    const wait = this.wait(timeouts, fiber, begun, noted)
    // `Effect.async` with a canceler does the same, and costs twice as much.
    const waited = Effect.uninterruptibleMask(restore =>
      Effect.matchCauseEffect(restore(wait), {
        onFailure: cause => {
          throughput.end(this.dog.now)
          return Effect.failCause(cause)
        },
        onSuccess: () => Effect.void
      })
    )
    return Effect.flatMap(waited, () => attempt(since))
  }

  private wait<A, E>(
    timeouts: SocketTimeouts,
    fiber: AnyFiber,
    begun: number | undefined,
    attempt: (begun: number | undefined) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | RecvError> {
    const { buffer, dog } = this
    const parked = Effect.async<unknown, unknown>(resume => {
      if (buffer.isReady) {
        resume(attempt(begun))
        return
      }
      const now = dog.timeOf(fiber)
      this.timeouts = timeouts
      this.begun = begun ?? now
      this.quietSince = now
      buffer.next = attempt(this.begun)
      this.waiter = buffer.waiter = next => {
        this.waiter = undefined
        timeouts.minThroughput?.end(dog.now)
        resume(next)
      }
      timeouts.minThroughput?.begin(now, buffer.received)
      dog.arm(this.dueAt, fiber)
    })
    return parked as Effect.Effect<A, E | RecvError>
  }

  /** Something came, and it waits for more. */
  arrived(): void {
    if (this.isWaiting) this.quietSince = this.dog.now
  }

  /** Whether the one who waits is one with timeouts. */
  private get isWaiting(): boolean {
    return this.waiter !== undefined && this.waiter === this.buffer.waiter
  }

  /** Nobody will wait any more. */
  stop(): void {
    this.dog.stop()
  }

  get dueAt(): number {
    const { timeouts } = this
    if (timeouts === undefined || !this.isWaiting) return Number.POSITIVE_INFINITY
    const sooner = Math.min(this.quietSince + timeouts.recvTimeout, this.begun + timeouts.messageTimeout)
    return timeouts.minThroughput === undefined ? sooner : Math.min(sooner, timeouts.minThroughput.dueAt)
  }

  timeIsUp(now: number): void {
    const { dueAt, timeouts } = this
    if (timeouts === undefined) return
    const { minThroughput, messageTimeout, recvTimeout } = timeouts
    if (this.quietSince + recvTimeout === dueAt) this.buffer.timeOut("recvTimeout", recvTimeout)
    else if (this.begun + messageTimeout === dueAt) this.buffer.timeOut("messageTimeout", messageTimeout)
    else if (minThroughput !== undefined && !minThroughput.next(now, this.buffer.received)) {
      this.buffer.timeOut("minThroughput", minThroughput.per)
    }
  }
}
