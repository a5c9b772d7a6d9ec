/**
 * Connections that wait for someone to accept them, and fibers that wait for connections: both first in, first out.
 * A connection is promised to one waiting fiber; if that is interrupted it passes to the next.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Listener from "../../Listener.ts"
import type { AcceptError } from "../../SocketError.ts"

interface Waiter<C> {
  promised: C | undefined
  readonly resume: (effect: Effect.Effect<void, AcceptError>) => void
}

export class AcceptQueue<C> {
  private accepted = 0
  private refused = 0
  private starved = 0
  private readonly capacity: number
  private readonly refuse: (connection: C) => void
  private queue: Array<C> = []
  private waiters: Array<Waiter<C>> = []
  /** What nobody has been told yet. */
  private failure: AcceptError | undefined
  private over: Exit.Exit<never, AcceptError> | undefined

  constructor(capacity: number, turnAway: (connection: C) => void) {
    this.capacity = capacity
    this.refuse = turnAway
  }

  get stats(): Listener.Stats {
    const { accepted, queue, refused, starved } = this
    return { queued: queue.length, accepted, refused, starved }
  }

  offer(connection: C): void {
    const waiter = this.waiters.shift()
    if (waiter !== undefined) {
      waiter.promised = connection
      waiter.resume(Effect.void)
    } else if (this.over === undefined && this.queue.length < this.capacity) {
      this.queue.push(connection)
    } else {
      this.refused += 1
      this.refuse(connection)
    }
  }

  /** A connection that cannot be kept, for want of descriptors, or was lost for it already. Gives how many there were. */
  starve(connection?: C): number {
    this.starved += 1
    if (connection !== undefined) this.refuse(connection)
    return this.starved
  }

  /** Accepting failed, and goes on: whoever waits is told, or else who is the first to wait. */
  fail(error: AcceptError): void {
    const waiters = this.waiters.splice(0)
    this.failure = waiters.length === 0 ? error : undefined
    for (const waiter of waiters) {
      waiter.resume(Effect.fail(error))
    }
  }

  /** Nothing more comes: what waits here is turned away, and whoever waits or asks fails with `error`. */
  end(error: AcceptError): void {
    this.over ??= Exit.fail(error)
    for (const connection of this.queue.splice(0)) {
      this.refuse(connection)
    }
    for (const waiter of this.waiters.splice(0)) {
      waiter.resume(this.over)
    }
  }

  accept<A>(own: (connection: C) => Effect.Effect<A>): Effect.Effect<A, AcceptError> {
    return Effect.uninterruptibleMask(restore =>
      Effect.suspend(() => {
        const connection = this.waiters.length === 0 ? this.queue.shift() : undefined
        return connection !== undefined ? this.give(connection, own) : this.wait(restore, own)
      })
    )
  }

  private wait<A>(
    restore: <B, E>(effect: Effect.Effect<B, E>) => Effect.Effect<B, E>,
    own: (connection: C) => Effect.Effect<A>
  ): Effect.Effect<A, AcceptError> {
    let waiter: Waiter<C> | undefined
    const woken = Effect.async<void, AcceptError>(resume => {
      waiter = { promised: undefined, resume }
      if (this.over !== undefined) {
        resume(this.over)
      } else if (this.failure !== undefined && this.queue.length === 0) {
        resume(Effect.fail(this.failure))
        this.failure = undefined
      } else {
        this.waiters.push(waiter)
        this.serve()
      }
    })
    return Effect.matchCauseEffect(restore(woken), {
      onFailure: cause => {
        this.withdraw(waiter)
        return Effect.failCause(cause)
      },
      onSuccess: () => this.give(waiter!.promised!, own)
    })
  }

  /** A connection may have come between the look at the queue and the wait. */
  private serve(): void {
    while (this.waiters.length > 0 && this.queue.length > 0) {
      const waiter = this.waiters.shift()!
      waiter.promised = this.queue.shift()!
      waiter.resume(Effect.void)
    }
  }

  private withdraw(waiter: Waiter<C> | undefined): void {
    this.waiters = this.waiters.filter(other => other !== waiter)
    if (waiter?.promised === undefined) {
      return
    }
    const next = this.waiters.shift()
    if (next !== undefined) {
      next.promised = waiter.promised
      next.resume(Effect.void)
    } else if (this.over === undefined) {
      this.queue.unshift(waiter.promised)
    } else {
      this.refuse(waiter.promised)
    }
  }

  private give<A>(connection: C, own: (connection: C) => Effect.Effect<A>): Effect.Effect<A> {
    this.accepted += 1
    return own(connection)
  }
}
