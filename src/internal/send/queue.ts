/**
 * The send queue of a socket: first in, first out. Only the first send hands its bytes over to the connection, so the
 * bytes of two fibers never interleave. A send that has begun is sent whole, even if its fiber is interrupted, unless
 * the connection ends.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { SendError, TimedOutBy } from "../../SocketError.ts"
import { type AnyFiber, type SocketTimeouts, Waiters } from "../waiting/index.ts"
import { type Buffers, bytesIn, checkBuffers } from "./buffers.ts"
import { acceptedOf, type Entry, piecesOf, type SendObserver, TimedSend } from "./entry.ts"
import { SendWatch } from "./watch.ts"

/** What a send queue needs from its connection. */
export interface SendHost {
  /**
   * Hands bytes over to the connection. Returns true if the connection has taken all of them. Otherwise the host later
   * calls `drained` or `fail` of the queue.
   */
  write(buffers: Buffers): boolean
  /** Ends the sending half, then calls `finished` of the queue. Called only while no send waits or is in flight. */
  shutdown(): void
  /** Called when the connection has taken all bytes of the send in flight. A close may wait for this. */
  flushed(): void
  /**
   * Called when a send that has begun cannot continue. Resets the connection, so that the peer does not take the part
   * that was sent for a whole message.
   */
  cut(): void
  /** Runs the callback after one turn of the event loop. */
  later(callback: () => void): void
  sendError(reason: SendError["reason"], bytesRequested: number, bytesAccepted?: number): SendError
  sendTimedOut(by: TimedOutBy, timeout: number, bytesRequested: number, bytesAccepted: number): SendError
}

/** Makes the error of a send that the queue refuses. */
type Refusal = (bytesRequested: number, bytesAccepted?: number) => SendError

/**
 * The exit of a send whose buffers changed their size before they were sent. It is a defect, because this is a mistake
 * of the program.
 */
const changed = (): Exit.Exit<never> =>
  Exit.die(new TypeError("a buffer was transferred or resized before the send that uses it had returned"))

// After a queue has handed over this many bytes or sends, it rests for one turn of the event loop. If the system takes
// every write at once, a sender never waits. Without a rest, a sender would then block all other events.
// See docs/DECISIONS.md#senders-rest-together.
const bytesPerTurn = 1024 * 1024
const sendsPerTurn = 256

/** What is left of `bytesPerTurn` and `sendsPerTurn` until the queue rests. Only the last send may exceed it. */
class Allowance {
  private bytes = bytesPerTurn
  private sends = sendsPerTurn

  get isSpent(): boolean {
    return this.bytes <= 0 || this.sends <= 0
  }

  spendSend(): void {
    this.sends -= 1
  }

  spendBytes(bytes: number): void {
    this.bytes -= bytes
  }

  renew(): void {
    this.bytes = bytesPerTurn
    this.sends = sendsPerTurn
  }
}

export class SendQueue {
  /** The total number of bytes of the sends that have begun. */
  sent = 0
  private readonly host: SendHost
  private inFlight: Entry | undefined
  private waiting: Array<Entry> = []
  private refusal: Refusal | undefined
  /** The sending half. `asked`: a shutdown was requested. `ending`: the shutdown has begun. `ended`: it is done. */
  private half: "open" | "asked" | "ending" | "ended" = "open"
  private closed = false
  private endWaiters: Waiters<SendError> | undefined
  private readonly allowance = new Allowance()
  /** True while the queue hands nothing over to the connection, so that other events can run. */
  private resting = false
  private watch: SendWatch | undefined

  constructor(host: SendHost) {
    this.host = host
  }

  /** True while a send is in flight: it has begun, and the connection has not taken all its bytes. */
  get isFlushing(): boolean {
    return this.inFlight !== undefined
  }

  /** The number of bytes of the waiting sends, plus the bytes of a send in pieces that have not been handed over. */
  get bytesWaiting(): number {
    return this.waiting.reduce((sum, entry) => sum + entry.bytes, piecesOf(this.inFlight)?.left ?? 0)
  }

  /** Sends at once, without a fiber if it can. Returns the result, or the effect that waits for it. */
  begin(buffers: Buffers): Effect.Effect<void, SendError> {
    return this.send(buffers, undefined)
  }

  sendAll(buffers: Buffers, timeouts?: SocketTimeouts, observer?: SendObserver): Effect.Effect<void, SendError> {
    return timeouts === undefined
      ? Effect.suspend(() => this.send(buffers, observer))
      : Effect.withFiberRuntime(fiber => this.send(buffers, observer, timeouts.sendTimeout, fiber))
  }

  private send(
    given: Buffers,
    observer: SendObserver | undefined,
    timeout = 0,
    fiber?: AnyFiber
  ): Effect.Effect<void, SendError> {
    const buffers = given instanceof Uint8Array && given.length > 0 ? given : checkBuffers(given)
    const bytes = bytesIn(buffers)
    if (this.refusal !== undefined) {
      return Exit.fail(this.refusal(bytes))
    }
    if (bytes === 0) {
      return Exit.void
    }
    const isNext = this.inFlight === undefined && this.waiting.length === 0 && !this.resting
    if (isNext && fiber === undefined) return this.sendNow(buffers, bytes, observer)
    const timed = fiber && new TimedSend(timeout, fiber, buffers, bytes)
    const entry: Entry = { buffers, bytes, timed, observer, exit: undefined, resume: undefined }
    if (!isNext) return this.enqueue(entry)
    this.handOver(entry)
    return entry.exit === undefined ? this.settled(entry) : this.rested(entry.exit)
  }

  /** Sends without a timeout and without waiting in the queue. In most cases the connection takes all bytes at once. */
  private sendNow(buffers: Buffers, bytes: number, observer: SendObserver | undefined): Effect.Effect<void, SendError> {
    observer?.sent(buffers)
    this.sent += bytes
    this.allowance.spendSend()
    this.allowance.spendBytes(bytes)
    const isTaken = this.host.write(buffers)
    // The connection may have failed during the write, even if it has taken the bytes.
    if (this.refusal !== undefined) return Exit.fail(this.refusal(bytes))
    if (isTaken) return this.rested(Exit.void)
    const entry: Entry = { buffers, bytes, timed: undefined, observer: undefined, exit: undefined, resume: undefined }
    this.inFlight = entry
    return this.settled(entry)
  }

  get shutdownSend(): Effect.Effect<void, SendError> {
    return Effect.suspend(() => this.endHalf())
  }

  private endHalf(): Effect.Effect<void, SendError> {
    if (this.closed) {
      return Exit.fail(this.host.sendError("Closed", 0))
    }
    if (this.half === "open") {
      if (this.refusal !== undefined) {
        return Exit.void // The connection has failed, so the sending half has already ended.
      }
      this.half = "asked"
      this.refusal = requested => this.host.sendError("AfterShutdown", requested)
      this.next()
    }
    this.endWaiters ??= new Waiters()
    return this.endWaiters.wait(() =>
      this.closed ? Exit.fail(this.host.sendError("Closed", 0)) : this.half === "ended" ? Exit.void : undefined
    )
  }

  /** Called when the connection has taken all bytes that were handed over. */
  drained(): void {
    const entry = this.inFlight
    if (entry === undefined) return
    this.watch?.progress()
    const pieces = piecesOf(entry)
    if (pieces === undefined) this.done(entry)
    else pieces.take()
    this.next()
  }

  /** Called when the sending half has ended. */
  finished(): void {
    this.half = "ended"
    this.endWaiters?.wake(Exit.void)
  }

  /**
   * Called when the connection has failed. All unfinished sends and all later sends fail with this error. After a
   * shutdown or a close, later sends keep the error of the shutdown or of the close.
   */
  fail(error: Refusal): void {
    // `refusal` is the error of later sends. It may be set already, by a close, a shutdown or an earlier failure.
    this.refusal ??= error
    if (this.half !== "open") {
      this.finished()
    }
    for (const entry of this.dismissAll()) {
      this.settle(entry, Exit.fail(error(entry.bytes, acceptedOf(entry))))
    }
    this.watch?.stop()
  }

  /**
   * Fails all unfinished sends with `Closed`. The connection still sends the bytes of the send in flight, until all are
   * sent or the connection is reset.
   */
  close(): void {
    const error: Refusal = (requested, accepted) => this.host.sendError("Closed", requested, accepted)
    this.closed = true
    this.refusal = error
    for (const entry of this.dismissAll()) {
      this.giveUp(entry, error(entry.bytes, acceptedOf(entry)))
    }
    this.watch?.stop()
    if (this.half !== "ended") this.endWaiters?.wake(Exit.fail(error(0)))
  }

  /** Called when the connection is gone. Drops the pieces that have not been handed over. */
  abandon(): void {
    if (piecesOf(this.inFlight) !== undefined) this.inFlight = undefined
  }

  get timed(): ReadonlyArray<Entry> {
    const all = this.inFlight === undefined ? this.waiting : [this.inFlight, ...this.waiting]
    return all.filter(({ exit, timed }) => timed !== undefined && exit === undefined)
  }

  /**
   * Fails the send with `TimedOut`. If the send is in flight, the connection still sends all its bytes. If it waits in
   * the queue, nothing of it is sent.
   */
  timeOut(entry: Entry): void {
    this.waiting = this.waiting.filter(other => other !== entry)
    this.giveUp(entry, this.host.sendTimedOut("sendTimeout", entry.timed?.timeout ?? 0, entry.bytes, acceptedOf(entry)))
  }

  private giveUp(entry: Entry, error: SendError): void {
    entry.exit = Exit.fail(error)
    entry.resume?.(entry.exit)
    entry.resume = undefined
  }

  /** Removes all waiting sends from the queue. Returns them, and the send in flight. */
  private dismissAll(): ReadonlyArray<Entry> {
    const waiting = this.waiting
    this.waiting = []
    return this.inFlight === undefined ? waiting : [this.inFlight, ...waiting]
  }

  private enqueue(entry: Entry): Effect.Effect<void, SendError> {
    return Effect.async<void, SendError>(resume => {
      if (this.refusal !== undefined) {
        resume(Exit.fail(this.refusal(entry.bytes)))
        return
      }
      entry.resume = resume
      this.waiting.push(entry)
      this.watchOver(entry)
      this.next()
      return Effect.sync(() => {
        this.waiting = this.waiting.filter(other => other !== entry)
      })
    })
  }

  private settled(entry: Entry): Effect.Effect<void, SendError> {
    return Effect.async<void, SendError>(resume => {
      if (entry.exit !== undefined) {
        resume(entry.exit)
      } else {
        entry.resume = resume
        this.watchOver(entry)
      }
    })
  }

  private watchOver(entry: Entry): void {
    if (entry.timed !== undefined) {
      this.watch ??= new SendWatch(this, callback => this.host.later(callback))
      this.watch.add(entry)
    }
  }

  private settle(entry: Entry, exit: Exit.Exit<void, SendError>): void {
    if (this.inFlight === entry) {
      this.inFlight = undefined
    }
    entry.exit ??= exit
    entry.resume?.(exit)
  }

  /** Completes a send when the connection has taken all its bytes. */
  private done(entry: Entry): void {
    this.settle(entry, Exit.void)
    this.host.flushed()
  }

  private handOver(entry: Entry): void {
    entry.observer?.sent(entry.buffers)
    this.inFlight = entry
    this.sent += entry.bytes
    this.allowance.spendSend()
    if (piecesOf(entry) !== undefined) {
      this.proceed(entry)
    } else {
      this.allowance.spendBytes(entry.bytes)
      if (this.host.write(entry.buffers) && this.inFlight === entry) this.settle(entry, Exit.void)
    }
  }

  /**
   * Hands over the pieces of a send in order. Stops when the connection does not take a piece at once, or when
   * `bytesPerTurn` or `sendsPerTurn` is used up. If the caller has changed the size of a buffer, resets the connection.
   */
  private proceed(entry: Entry): void {
    const pieces = piecesOf(entry)
    while (pieces !== undefined && this.inFlight === entry && !pieces.isWaiting && !this.resting) {
      if (pieces.left === 0) {
        this.done(entry)
      } else if (this.allowance.isSpent) {
        this.rest()
      } else {
        const piece = pieces.next()
        if (piece === undefined) {
          this.settle(entry, changed())
          this.host.cut()
          return
        }
        this.allowance.spendBytes(bytesIn(piece))
        // If `drained` was called during the write, it has recorded the piece, and `take` does nothing.
        if (this.host.write(piece)) pieces.take(piece)
      }
    }
  }

  /** Continues a send in pieces, then begins the waiting sends, then begins a requested shutdown. */
  private next(): void {
    if (this.inFlight !== undefined) this.proceed(this.inFlight)
    while (this.inFlight === undefined && this.waiting.length > 0 && !this.resting) {
      if (this.allowance.isSpent) {
        this.rest()
      } else {
        const entry = this.waiting.shift()!
        // If a buffer has changed its size, only this send fails. None of its bytes have been sent, so the connection
        // can continue.
        if (bytesIn(entry.buffers) === entry.bytes) this.handOver(entry)
        else this.settle(entry, changed())
      }
    }
    if (this.inFlight === undefined && this.waiting.length === 0 && this.half === "asked" && !this.closed) {
      this.half = "ending"
      this.host.shutdown()
    }
  }

  /** Hands nothing over for one turn of the event loop. */
  private rest(): void {
    if (!this.resting) {
      this.resting = true
      this.host.later(() => {
        this.resting = false
        this.allowance.renew()
        this.next()
      })
    }
  }

  /** Returns `exit` at once. If the allowance is spent, returns `exit` after one turn of the event loop. */
  private rested(exit: Exit.Exit<void, SendError>): Effect.Effect<void, SendError> {
    if (!this.allowance.isSpent) return exit
    this.rest()
    return Effect.async<void, SendError>(resume => {
      this.host.later(() => resume(exit))
    })
  }
}
