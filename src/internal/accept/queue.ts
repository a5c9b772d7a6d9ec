/**
 * The accept queue: connections that wait to be accepted, and fibers that wait for a connection, both first in, first
 * out. A connection is assigned to one waiting fiber. If that fiber is interrupted, the connection goes to the next
 * fiber, or back to the front of the queue.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as SocketAddress from "../../SocketAddress.ts"
import { AcceptError } from "../../SocketError.ts"
import { count } from "../option/index.ts"
import type { Transport } from "../stream/index.ts"

/** The counters of a listener. */
export interface Stats {
  /** Connections that wait to be accepted now. */
  readonly queued: number
  /** Connections that `accept` has returned so far. */
  readonly accepted: number
  /** Connections that were refused so far because the accept queue was full, or the listener had closed. */
  readonly refused: number
  /**
   * Connections that were lost so far because no descriptor was left. A warning is logged for the first one, and each
   * time the number has doubled.
   */
  readonly starved: number
}

/** The part of a listener that a driver provides. `Listener.make` makes a `Listener` from it. */
export interface Acceptor {
  readonly address: SocketAddress.Resolved
  /**
   * Waits for the next connection, first in, first out, and passes it to `own` in one uninterruptible step. If it is
   * interrupted before that, the connection stays for the next `accept`.
   */
  readonly accept: <A>(own: (transport: Transport) => Effect.Effect<A>) => Effect.Effect<A, AcceptError>
  readonly close: Effect.Effect<void>
  readonly stats: Effect.Effect<Stats>
}

/** Options of `Listener.queue`. */
export interface QueueOptions<C> {
  readonly address: SocketAddress.Resolved
  /** The most connections that may wait. More are refused. */
  readonly capacity: number
  /** Opens a connection for the fiber that accepts it. */
  readonly open: (connection: C) => Transport
  /** Closes or resets a connection that will not be accepted. */
  readonly refuse: (connection: C) => void
  /** Stops listening. Runs once, after the connections that wait have been refused. */
  readonly close: Effect.Effect<void>
}

interface Waiter<C> {
  promised: C | undefined
  readonly resume: (effect: Effect.Effect<void, AcceptError>) => void
}

export class AcceptQueue<C> implements Acceptor {
  // Own properties, not members of the prototype, so that a wrapper can copy them with a spread.
  readonly address: SocketAddress.Resolved
  readonly accept: Acceptor["accept"]
  readonly close: Effect.Effect<void>
  readonly stats: Effect.Effect<Stats>
  private readonly options: QueueOptions<C>
  private accepted = 0
  private refused = 0
  private starved = 0
  private queue: Array<C> = []
  private waiters: Array<Waiter<C>> = []
  /** A failure that no `accept` has reported yet. */
  private failure: AcceptError | undefined
  private over: Exit.Exit<never, AcceptError> | undefined
  private isClosed = false

  constructor(options: QueueOptions<C>) {
    this.address = options.address
    this.options = options
    count("capacity", options.capacity, 0)
    this.accept = own =>
      Effect.uninterruptibleMask(restore =>
        Effect.suspend(() => {
          const connection = this.waiters.length === 0 ? this.queue.shift() : undefined
          return connection !== undefined ? this.give(connection, own) : this.wait(restore, own)
        })
      )
    this.close = Effect.suspend(() => {
      const isFirst = !this.isClosed
      this.isClosed = true
      this.end(new AcceptError({ reason: "Closed", address: options.address }))
      return isFirst ? options.close : Effect.void
    })
    this.stats = Effect.sync(() => ({
      queued: this.queue.length,
      accepted: this.accepted,
      refused: this.refused,
      starved: this.starved
    }))
  }

  /** Adds a connection that has arrived: it goes to the first waiting fiber, waits, or is refused. */
  offer(connection: C): void {
    const waiter = this.waiters.shift()
    if (waiter !== undefined) {
      waiter.promised = connection
      waiter.resume(Effect.void)
    } else if (this.over === undefined && this.queue.length < this.options.capacity) {
      this.queue.push(connection)
    } else {
      this.refused += 1
      this.options.refuse(connection)
    }
  }

  /**
   * Counts a connection that was lost because no descriptor was left. Refuses the connection if there is one. Returns
   * how many there have been so far.
   */
  starve(connection?: C): number {
    this.starved += 1
    if (connection !== undefined) this.options.refuse(connection)
    return this.starved
  }

  /**
   * Reports an error after which accepting continues. All waiting fibers fail with it. If no fiber waits, the next
   * `accept` that would wait fails.
   */
  fail(error: AcceptError): void {
    const waiters = this.waiters.splice(0)
    this.failure = waiters.length === 0 ? error : undefined
    for (const waiter of waiters) {
      waiter.resume(Effect.fail(error))
    }
  }

  /**
   * Ends the queue: no more connections will arrive. Connections that wait are refused, and every `accept` fails with
   * the `error` of the first call.
   */
  end(error: AcceptError): void {
    this.over ??= Exit.fail(error)
    for (const connection of this.queue.splice(0)) {
      this.options.refuse(connection)
    }
    for (const waiter of this.waiters.splice(0)) {
      waiter.resume(this.over)
    }
  }

  private wait<A>(
    restore: <B, E>(effect: Effect.Effect<B, E>) => Effect.Effect<B, E>,
    own: (transport: Transport) => Effect.Effect<A>
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

  /** Assigns connections that arrived after the caller found the queue empty and before it began to wait. */
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
      this.options.refuse(waiter.promised)
    }
  }

  private give<A>(connection: C, own: (transport: Transport) => Effect.Effect<A>): Effect.Effect<A> {
    this.accepted += 1
    return own(this.options.open(connection))
  }
}
