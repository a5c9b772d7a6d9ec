/**
 * Lets a receive wait with timeouts. When a timeout passes, the receive fails, and another fiber may receive. The
 * failed receive has consumed nothing.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { RecvError, TimedOutBy } from "../../SocketError.ts"
import { type AnyFiber, type SocketTimeouts, type Throughput, Watchdog, type Watched } from "../waiting/index.ts"

/** Resumes the waiting fiber, which then runs the effect. */
export type Waiter = (effect: Effect.Effect<unknown, unknown>) => void

/** The part of the receive buffer that a `ReceiveWatch` uses. */
export interface WatchedBuffer {
  /** The number of bytes that have arrived so far. */
  readonly received: number
  /** True if the waiting fiber can continue: enough bytes are buffered, or no more bytes will arrive. */
  readonly isReady: boolean
  /** Resumes the waiting fiber. Set only while a fiber waits. */
  waiter: Waiter | undefined
  /** The effect that the waiting fiber runs when it resumes. */
  next: Effect.Effect<unknown, unknown>
  /** Fails the waiting fiber with `TimedOut`. */
  timeOut(by: TimedOutBy, timeout: number): void
}

export class ReceiveWatch implements Watched {
  readonly later: Watched["later"]
  private readonly buffer: WatchedBuffer
  private readonly watchdog = new Watchdog(this)
  private timeouts: SocketTimeouts | undefined
  /** Resumes the receive that waits with `timeouts`. `buffer.waiter` may belong to a receive without timeouts. */
  private waiter: Waiter | undefined
  /** The time when the receive began to wait for the first time. */
  private begun = 0
  /** The time when bytes last arrived, or when the current wait began if none have arrived since. */
  private quietSince = 0

  constructor(buffer: WatchedBuffer, later: Watched["later"]) {
    this.buffer = buffer
    this.later = later
  }

  /**
   * Waits until the buffer resumes the fiber, then runs `attempt`. If a timeout passes first, fails. If the receive has
   * waited before, `begun` is the time when its first wait began.
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
   * Does what `wait` does, and also counts the time of an interrupted wait for `minThroughput`. `attempt` consumes the
   * bytes. It runs after `matchCauseEffect`, because inside `matchCauseEffect` an interruption could still lose them.
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
    // `Effect.async` with a canceler would do the same at twice the cost.
    const waited = Effect.uninterruptibleMask(restore =>
      Effect.matchCauseEffect(restore(wait), {
        onFailure: cause => {
          throughput.end(this.watchdog.now)
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
    const { buffer, watchdog } = this
    const parked = Effect.async<unknown, unknown>(resume => {
      if (buffer.isReady) {
        resume(attempt(begun))
        return
      }
      const now = watchdog.timeOf(fiber)
      this.timeouts = timeouts
      this.begun = begun ?? now
      this.quietSince = now
      buffer.next = attempt(this.begun)
      this.waiter = buffer.waiter = next => {
        this.waiter = undefined
        timeouts.minThroughput?.end(watchdog.now)
        resume(next)
      }
      timeouts.minThroughput?.begin(now, buffer.received)
      watchdog.arm(this.dueAt, fiber)
    })
    return parked as Effect.Effect<A, E | RecvError>
  }

  /** Called when bytes have arrived. If the receive still waits, its `recvTimeout` starts again. */
  arrived(): void {
    if (this.isWaiting) this.quietSince = this.watchdog.now
  }

  private get isWaiting(): boolean {
    return this.waiter !== undefined && this.waiter === this.buffer.waiter
  }

  /** Called when no fiber will wait any more. */
  stop(): void {
    this.watchdog.stop()
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
    const { messageTimeout, minThroughput, recvTimeout } = timeouts
    if (this.quietSince + recvTimeout === dueAt) this.buffer.timeOut("recvTimeout", recvTimeout)
    else if (this.begun + messageTimeout === dueAt) this.buffer.timeOut("messageTimeout", messageTimeout)
    else if (minThroughput !== undefined && !minThroughput.next(now, this.buffer.received)) {
      this.buffer.timeOut("minThroughput", minThroughput.per)
    }
  }
}
