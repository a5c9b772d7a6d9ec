/**
 * The accept queue of a listener. In it, connections wait for a fiber, and fibers wait for a connection, each first in,
 * first out. The queue first reserves a connection for one fiber. That fiber takes the connection in the same fiber
 * step that returns it. If the fiber is interrupted before that step, the connection goes to the next waiting fiber. If
 * no fiber waits, the connection goes back to the front of the queue.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as RuntimeFlags from "effect/RuntimeFlags"
import type * as SocketAddress from "../../SocketAddress.ts"
import { AcceptError } from "../../SocketError.ts"
import { count } from "../option/index.ts"
import type { Transport } from "../stream/index.ts"
import { type AnyFiber, isInterrupted } from "../waiting/index.ts"

/** The counters of a listener. */
export interface Stats {
  /** The number of connections that wait for `accept` now. */
  readonly queued: number
  /** The number of connections that `accept` has returned so far. */
  readonly accepted: number
  /**
   * The number of connections refused on arrival so far, because the accept queue was full or the listener had closed.
   */
  readonly refused: number
  /**
   * The number of connections lost so far because no file descriptor was left. A warning is logged for the first such
   * connection, and each time the number has doubled.
   */
  readonly starved: number
}

/** The part of a listener that a driver provides. `Listener.make` makes a `Listener` from it. */
export interface Acceptor {
  /** The address that the listener is bound to. */
  readonly address: SocketAddress.Resolved
  /**
   * Waits for the next connection and reserves it for the calling fiber. Waiting fibers are served first in, first out.
   * Returns a function that takes the connection. If the fiber is interrupted before it calls the function, the
   * connection goes to the next `accept`.
   *
   * To lose no connection, call the function in the `Effect.sync` that returns the connection. Do not enter an
   * uninterruptible region before that call. In such a region, an interrupted fiber still makes the call. The function
   * then throws if another `accept` has got the connection.
   */
  readonly accept: Effect.Effect<() => Transport, AcceptError>
  /** Stops listening and refuses the connections that wait. Never fails. A second call has no effect. */
  readonly close: Effect.Effect<void>
  /** Returns the counters of the listener. */
  readonly stats: Effect.Effect<Stats>
}

/** Options of `Listener.queue`. */
export interface QueueOptions<C> {
  /** The address that the listener is bound to. */
  readonly address: SocketAddress.Resolved
  /** The most connections that may wait to be accepted. Further connections are refused. */
  readonly capacity: number
  /** Makes the transport of a connection when a fiber accepts the connection. */
  readonly open: (connection: C) => Transport
  /** Closes or resets a connection that no fiber will accept. */
  readonly refuse: (connection: C) => void
  /** Stops listening. Runs once, after the waiting connections have been refused. */
  readonly close: Effect.Effect<void>
}

/** One call of `accept`. Its fiber waits for a connection, or a connection is reserved for its fiber. */
interface Turn<C> {
  readonly fiber: AnyFiber
  /** True if the fiber was interruptible when it began to accept. */
  readonly interruptible: boolean
  /** The connection that is reserved for the fiber, if there is one. */
  reserved: C | undefined
  /** Wakes the fiber. Set when the fiber begins to wait, and never cleared. */
  resume: ((effect: Effect.Effect<void, AcceptError>) => void) | undefined
}

/**
 * The most turns of the scheduler in which `look` checks the reserved connections. A fiber usually takes its connection
 * within a few turns.
 */
const mostLooks = 1000

export class AcceptQueue<C> implements Acceptor {
  // The members of `Acceptor` are own properties, not members of the prototype. So a wrapper can copy them with a
  // spread.
  readonly address: SocketAddress.Resolved
  readonly accept: Acceptor["accept"]
  readonly close: Effect.Effect<void>
  readonly stats: Effect.Effect<Stats>
  private readonly options: QueueOptions<C>
  private accepted = 0
  private refused = 0
  private starved = 0
  private queue: Array<C> = []
  private waiters: Array<Turn<C>> = []
  /** The calls for which a connection is reserved. Usually there is at most one, and only for a few fiber steps. */
  private reserved: Array<Turn<C>> = []
  private isLooking = false
  /** A failure that no `accept` has reported yet. */
  private failure: AcceptError | undefined
  /** The error with which every later `accept` fails. Set when the queue has ended. */
  private over: Exit.Exit<never, AcceptError> | undefined
  private isClosed = false

  constructor(options: QueueOptions<C>) {
    this.address = options.address
    this.options = options
    // Throws if the capacity is invalid.
    count("capacity", options.capacity, 0)
    this.accept = Effect.withFiberRuntime((fiber, status) => {
      this.reclaim()
      const interruptible = RuntimeFlags.interruptible(status.runtimeFlags)
      const turn: Turn<C> = { fiber, interruptible, reserved: undefined, resume: undefined }
      const take = Effect.succeed(() => this.take(turn))
      if (this.waiters.length > 0 || this.queue.length === 0) return Effect.zipRight(this.wait(turn), take)
      this.reserve(turn, this.queue.shift()!)
      return take
    })
    this.close = Effect.suspend(() => {
      const isFirst = !this.isClosed
      this.isClosed = true
      this.end(new AcceptError({ reason: "Closed", address: options.address }))
      return isFirst ? options.close : Effect.void
    })
    this.stats = Effect.sync(() => ({
      queued: this.queue.length + this.reserved.length,
      accepted: this.accepted,
      refused: this.refused,
      starved: this.starved
    }))
  }

  /**
   * Adds a connection that has arrived. If a fiber waits, reserves the connection for that fiber. If no fiber waits and
   * the queue has room, the connection waits in the queue. If the queue is full or has ended, refuses the connection.
   */
  offer(connection: C): void {
    this.reclaim()
    if (this.over === undefined && (this.waiters.length > 0 || this.queue.length < this.options.capacity)) {
      this.queue.push(connection)
      this.serve()
    } else {
      this.refused += 1
      this.options.refuse(connection)
    }
  }

  /**
   * Counts a connection that was lost because no file descriptor was left. If the connection is given, refuses it.
   * Returns the number of lost connections so far.
   */
  starve(connection?: C): number {
    this.starved += 1
    if (connection !== undefined) this.options.refuse(connection)
    return this.starved
  }

  /**
   * Reports an error after which accepting continues. All waiting fibers fail with this error. If no fiber waits, the
   * next `accept` that finds no connection fails with this error.
   */
  fail(error: AcceptError): void {
    const waiters = this.waiters.splice(0)
    this.failure = waiters.length === 0 ? error : undefined
    for (const waiter of waiters) {
      waiter.resume?.(Effect.fail(error))
    }
  }

  /**
   * Ends the queue: no more connections will arrive. Refuses the waiting connections. Every waiting `accept` and every
   * later `accept` fails with `error`. If `end` is called again, the first error stays.
   */
  end(error: AcceptError): void {
    this.over ??= Exit.fail(error)
    this.reclaim()
    for (const connection of this.queue.splice(0)) {
      this.options.refuse(connection)
    }
    for (const waiter of this.waiters.splice(0)) {
      waiter.resume?.(this.over)
    }
    this.look()
  }

  private wait(turn: Turn<C>): Effect.Effect<void, AcceptError> {
    return Effect.async<void, AcceptError>(resume => {
      if (this.over !== undefined) {
        resume(this.over)
      } else if (this.failure !== undefined && this.queue.length === 0) {
        resume(Effect.fail(this.failure))
        this.failure = undefined
      } else {
        turn.resume = resume
        this.waiters.push(turn)
        this.serve()
        if (this.reserved.length > 0) this.look()
      }
      return Effect.sync(() => {
        this.waiters = this.waiters.filter(other => other !== turn)
        this.reclaim()
      })
    })
  }

  /** Reserves connections for the fibers that wait. */
  private serve(): void {
    while (this.waiters.length > 0 && this.queue.length > 0) {
      const turn = this.waiters.shift()!
      this.reserve(turn, this.queue.shift()!)
      turn.resume?.(Effect.void)
    }
  }

  private reserve(turn: Turn<C>, connection: C): void {
    turn.reserved = connection
    this.reserved.push(turn)
    if (this.waiters.length > 0) this.look()
  }

  private take(turn: Turn<C>): Transport {
    const { reserved } = turn
    if (reserved === undefined)
      throw new Error("this connection was already taken, or went to another accept after an interruption")
    turn.reserved = undefined
    this.reserved = this.reserved.filter(other => other !== turn)
    this.accepted += 1
    return this.options.open(reserved)
  }

  /**
   * Takes back reserved connections that will not be taken, because the fiber has ended, or was interrupted while it
   * was interruptible. The next fibers get these connections. If the queue has ended, the connections are refused.
   */
  private reclaim(): void {
    if (this.reserved.length === 0) return
    const lost = this.reserved.filter(
      ({ fiber, interruptible }) => (interruptible && isInterrupted(fiber)) || fiber.unsafePoll() !== null
    )
    if (lost.length === 0) return
    this.reserved = this.reserved.filter(turn => !lost.includes(turn))
    const connections = lost.map(turn => turn.reserved!)
    for (const turn of lost) turn.reserved = undefined
    if (this.over === undefined) {
      this.queue.unshift(...connections)
      this.serve()
    } else {
      for (const connection of connections) this.options.refuse(connection)
    }
  }

  /**
   * Calls `reclaim` in at most `left` later turns of the scheduler, while a connection is reserved. Needed only while a
   * fiber waits for a connection, and after the queue has ended, because perhaps no other call runs `reclaim` then.
   */
  private look(left = mostLooks): void {
    const [turn] = this.reserved
    if (this.isLooking || turn === undefined || left === 0) return
    this.isLooking = true
    turn.fiber.currentScheduler.scheduleTask(() => {
      this.isLooking = false
      this.reclaim()
      if (this.waiters.length > 0 || this.over !== undefined) this.look(left - 1)
    }, 0)
  }
}
