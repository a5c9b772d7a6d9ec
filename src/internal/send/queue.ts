/**
 * The senders of a socket: first in, first out, and only the first one hands its bytes over, so that the buffers of two
 * fibers never interleave. Bytes that were handed over go out whole, even if their fiber is interrupted.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { SendError, TimedOutBy } from "../../SocketError.ts"
import { type AnyFiber, type SocketTimeouts, Waiters } from "../waiting/index.ts"
import { type Buffers, bytesIn } from "./buffers.ts"
import { acceptedOf, type Entry, piecesOf, type SendObserver, TimedSend } from "./entry.ts"
import { SendWatch } from "./watch.ts"

/** What a send queue needs of its connection. */
export interface SendHost {
  /** Hands bytes over. True if all were taken at once; else `drained` or `fail` of the queue is called later. */
  write(buffers: Buffers): boolean
  /** Ends the sending half, then calls `finished` of the queue. Nothing is in flight. */
  shutdown(): void
  /** The queue was closed, and what was in flight then has been taken. */
  flushed(): void
  /** Runs the callback after a turn of the event loop. */
  later(callback: () => void): void
  sendError(reason: SendError["reason"], bytesRequested: number, bytesAccepted?: number): SendError
  sendTimedOut(by: TimedOutBy, timeout: number, bytesRequested: number, bytesAccepted: number): SendError
}

/** Why nothing more can be sent. */
type Refusal = (bytesRequested: number, bytesAccepted?: number) => SendError

// Writes that the system takes at once complete at once: without a bound, a busy sender would starve everything else.
const bytesPerTurn = 1024 * 1024
const sendsPerTurn = 256

/** How much may be handed over before other events get their turn. */
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
  /** How many bytes have been handed over so far. */
  sent = 0
  private readonly host: SendHost
  private inFlight: Entry | undefined
  private waiting: Array<Entry> = []
  private refusal: Refusal | undefined
  /** The sending half: its shutdown has been requested, has begun, is done. */
  private half: "open" | "asked" | "ending" | "ended" = "open"
  private closed = false
  private endWaiters: Waiters<SendError> | undefined
  private readonly allowance = new Allowance()
  /** True while other events have their turn. */
  private resting = false
  private watch: SendWatch | undefined

  constructor(host: SendHost) {
    this.host = host
  }

  /** Whether bytes have been handed over that have not all been taken. */
  get isFlushing(): boolean {
    return this.inFlight !== undefined
  }

  /** Not handed over: the sends that wait, and the rest of a send in pieces. */
  get bytesWaiting(): number {
    return this.waiting.reduce((sum, entry) => sum + entry.bytes, piecesOf(this.inFlight)?.left ?? 0)
  }

  sendAll(buffers: Buffers, timeouts?: SocketTimeouts, observer?: SendObserver): Effect.Effect<void, SendError> {
    return timeouts === undefined
      ? Effect.suspend(() => this.send(buffers, observer))
      : Effect.withFiberRuntime(fiber => this.send(buffers, observer, timeouts.sendTimeout, fiber))
  }

  private send(
    buffers: Buffers,
    observer: SendObserver | undefined,
    timeout = 0,
    fiber?: AnyFiber
  ): Effect.Effect<void, SendError> {
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

  /** The usual send: without a timeout, while no other fiber sends, and taken at once. */
  private sendNow(buffers: Buffers, bytes: number, observer: SendObserver | undefined): Effect.Effect<void, SendError> {
    observer?.sent(buffers)
    this.sent += bytes
    this.allowance.spendSend()
    this.allowance.spendBytes(bytes)
    const isTaken = this.host.write(buffers)
    // The connection may have broken during the write, whether the bytes were taken or not.
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
        return Exit.void // The peer has gone, and the sending half with it.
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

  /** What was handed over has been taken. */
  drained(): void {
    const entry = this.inFlight
    if (entry === undefined) return
    this.watch?.progress()
    const pieces = piecesOf(entry)
    if (pieces === undefined) this.done(entry)
    else pieces.take()
    this.next()
  }

  /** The sending half has ended. */
  finished(): void {
    this.half = "ended"
    this.endWaiters?.wake(Exit.void)
  }

  /** The connection broke: sends that wait, and every later one, fail with this error. */
  fail(error: Refusal): void {
    // The first failure is the cause of those that follow. A close or a shutdown has its own refusal.
    this.refusal ??= error
    if (this.half !== "open") {
      this.finished()
    }
    for (const entry of this.dismissAll()) {
      this.settle(entry, Exit.fail(error(entry.bytes, acceptedOf(entry))))
    }
    this.watch?.stop()
  }

  /** Sends that wait fail with `Closed`. What is in flight stays in flight, without its fiber. */
  close(): void {
    const error: Refusal = (requested, accepted) => this.host.sendError("Closed", requested, accepted)
    this.closed = true
    this.refusal = error
    for (const entry of this.dismissAll()) {
      this.giveUp(entry, error(entry.bytes, acceptedOf(entry)))
    }
    this.watch?.stop()
    this.endWaiters?.wake(Exit.fail(error(0)))
  }

  /** The connection is gone: the rest of a send in pieces is not handed over. */
  abandon(): void {
    if (piecesOf(this.inFlight) !== undefined) this.inFlight = undefined
  }

  get timed(): ReadonlyArray<Entry> {
    const all = this.inFlight === undefined ? this.waiting : [this.inFlight, ...this.waiting]
    return all.filter(({ exit, timed }) => timed !== undefined && exit === undefined)
  }

  /** Fails the send. If it is in flight it still goes out whole; if not, none of it does. */
  timeOut(entry: Entry): void {
    this.waiting = this.waiting.filter(other => other !== entry)
    this.giveUp(entry, this.host.sendTimedOut("sendTimeout", entry.timed?.timeout ?? 0, entry.bytes, acceptedOf(entry)))
  }

  private giveUp(entry: Entry, error: SendError): void {
    entry.exit = Exit.fail(error)
    entry.resume?.(entry.exit)
    entry.resume = undefined
  }

  /** Empties the queue, and returns all sends that were in it or in flight. */
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

  /** All of the send has been taken. */
  private done(entry: Entry): void {
    this.settle(entry, Exit.void)
    if (this.closed) this.host.flushed()
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

  /** Hands over piece after piece, as long as each is taken at once. */
  private proceed(entry: Entry): void {
    const pieces = piecesOf(entry)
    while (pieces !== undefined && this.inFlight === entry && !pieces.isWaiting && !this.resting) {
      if (pieces.left === 0) {
        this.done(entry)
      } else if (this.allowance.isSpent) {
        this.rest()
      } else {
        const piece = pieces.next()
        this.allowance.spendBytes(bytesIn(piece))
        // During the write it may have been taken, and others after it.
        if (this.host.write(piece)) pieces.take(piece)
      }
    }
  }

  /** Goes on: with the rest of a send in pieces, then with the sends that wait, and at last with the shutdown. */
  private next(): void {
    if (this.inFlight !== undefined) this.proceed(this.inFlight)
    while (this.inFlight === undefined && this.waiting.length > 0 && !this.resting) {
      if (this.allowance.isSpent) {
        this.rest()
      } else {
        this.handOver(this.waiting.shift()!)
      }
    }
    if (this.inFlight === undefined && this.waiting.length === 0 && this.half === "asked" && !this.closed) {
      this.half = "ending"
      this.host.shutdown()
    }
  }

  /** Hands nothing over for a turn of the event loop. */
  private rest(): void {
    if (!this.resting) {
      this.resting = true
      this.host.later(() => {
        this.resting = false
        this.allowance.renew()
        this.watch?.progress()
        this.next()
      })
    }
  }

  /** Returns this, at once or after a rest. */
  private rested(exit: Exit.Exit<void, SendError>): Effect.Effect<void, SendError> {
    if (!this.allowance.isSpent) return exit
    this.rest()
    return Effect.async<void, SendError>(resume => {
      this.host.later(() => resume(exit))
    })
  }
}
