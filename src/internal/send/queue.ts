/**
 * The senders of a socket: first in, first out, and only the head hands its bytes over, so that two fibers' buffers
 * never interleave. What has been handed over goes out whole, whatever becomes of its fiber.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { SendError } from "../../SocketError.ts"
import type { SocketTimeouts } from "../waiting/timeouts.ts"
import { Waiters } from "../waiting/waiters.ts"
import type { AnyFiber } from "../waiting/watchdog.ts"
import { Pieces, pieceBytes } from "./pieces.ts"
import { type Buffers, bytesIn, type Sink } from "./sink.ts"
import { SendWatch } from "./watch.ts"

const bytesPerTurn = 1024 * 1024
const sendsPerTurn = 256

export class Allowance {
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

export interface Entry {
  readonly buffers: Buffers
  readonly bytes: number
  /** None where there is no limit. */
  readonly haste: Haste | undefined
  exit: Exit.Exit<void, SendError> | undefined
  resume: ((effect: Effect.Effect<void, SendError>) => void) | undefined
}

/** It has to get on within so many milliseconds. */
export class Haste {
  readonly timeout: number
  readonly fiber: AnyFiber
  /** Where it is too long to be handed over at once. */
  readonly pieces: Pieces | undefined
  /** When it began to wait. */
  since = 0

  constructor(timeout: number, fiber: AnyFiber, buffers: Buffers, bytes: number) {
    this.timeout = timeout
    this.fiber = fiber
    this.pieces = bytes > pieceBytes ? new Pieces(buffers, bytes) : undefined
  }
}

export const piecesOf = (entry: Entry | undefined): Pieces | undefined => entry?.haste?.pieces

/** How much of it the system has taken, as far as is known while it has not taken all. */
export const acceptedOf = (entry: Entry): number => piecesOf(entry)?.taken ?? 0

type Failure = (bytesRequested: number, bytesAccepted?: number) => SendError

export class SendQueue {
  sent = 0
  private readonly sink: Sink
  private inFlight: Entry | undefined
  private waiting: Array<Entry> = []
  /** Why nothing more can be sent. */
  private refusal: Failure | undefined
  /** Our half: shutting it down has been asked for, has begun, is done. */
  private half: "open" | "asked" | "ending" | "ended" = "open"
  private closed = false
  private endWaiters: Waiters<SendError> | undefined
  private readonly allowance = new Allowance()
  private resting = false
  /** Since a send with a limit has waited. */
  private watch: SendWatch | undefined

  constructor(sink: Sink) {
    this.sink = sink
  }

  /** Whether bytes of a send have been handed over and not all been taken. */
  get isFlushing(): boolean {
    return this.inFlight !== undefined
  }

  /** Not handed over: of sends that have their turn before them, and of one that goes piece by piece. */
  get bytesWaiting(): number {
    return this.waiting.reduce((sum, entry) => sum + entry.bytes, piecesOf(this.inFlight)?.left ?? 0)
  }

  sendAll(bytes: Buffers, timeouts?: SocketTimeouts): Effect.Effect<void, SendError> {
    return timeouts === undefined
      ? Effect.suspend(() => this.send(bytes))
      : Effect.withFiberRuntime(fiber => this.send(bytes, timeouts.sendTimeout, fiber))
  }

  private send(buffers: Buffers, timeout = 0, fiber?: AnyFiber): Effect.Effect<void, SendError> {
    const bytes = bytesIn(buffers)
    if (this.refusal !== undefined) {
      return Exit.fail(this.refusal(bytes))
    }
    if (bytes === 0) {
      return Exit.void
    }
    const isNext = this.inFlight === undefined && this.waiting.length === 0 && !this.resting
    if (isNext && fiber === undefined) return this.sendNow(buffers, bytes)
    const haste = fiber && new Haste(timeout, fiber, buffers, bytes)
    const entry: Entry = { buffers, bytes, haste, exit: undefined, resume: undefined }
    if (!isNext) return this.enqueue(entry)
    this.handOver(entry)
    return entry.exit === undefined ? this.settled(entry) : this.rested(entry.exit)
  }

  /** What most sends are: without a limit, when nobody else sends, and taken at once. */
  private sendNow(buffers: Buffers, bytes: number): Effect.Effect<void, SendError> {
    this.sent += bytes
    this.allowance.spendSend()
    this.allowance.spendBytes(bytes)
    const isTaken = this.sink.write(buffers)
    // It may have broken meanwhile, be it taken or not.
    if (this.refusal !== undefined) return Exit.fail(this.refusal(bytes))
    if (isTaken) return this.rested(Exit.void)
    const entry: Entry = { buffers, bytes, haste: undefined, exit: undefined, resume: undefined }
    this.inFlight = entry
    return this.settled(entry)
  }

  get shutdownSend(): Effect.Effect<void, SendError> {
    return Effect.suspend(() => this.endHalf())
  }

  private endHalf(): Effect.Effect<void, SendError> {
    if (this.closed) {
      return Exit.fail(this.sink.sendError("Closed", 0))
    }
    if (this.half === "open") {
      if (this.refusal !== undefined) {
        return Exit.void // The peer has gone, and our half with it.
      }
      this.half = "asked"
      this.refusal = requested => this.sink.sendError("AfterShutdown", requested)
      this.next()
    }
    this.endWaiters ??= new Waiters()
    return this.endWaiters.wait(() =>
      this.closed ? Exit.fail(this.sink.sendError("Closed", 0)) : this.half === "ended" ? Exit.void : undefined
    )
  }

  /** The system has taken what was handed over. */
  drained(): void {
    const entry = this.inFlight
    if (entry === undefined) return
    this.watch?.progress()
    const pieces = piecesOf(entry)
    if (pieces === undefined) this.done(entry)
    else pieces.take()
    this.next()
  }

  /** Our half has ended. */
  finished(): void {
    this.half = "ended"
    this.endWaiters?.wake(Exit.void)
  }

  /** The connection broke: whoever sends, and whoever will, gets this error. */
  fail(error: Failure): void {
    if (this.half === "open" && !this.closed) {
      // The first one is the true one: a close that follows says nothing.
      this.refusal ??= error
    }
    if (this.half !== "open") {
      this.finished()
    }
    for (const entry of this.dismissAll()) {
      this.settle(entry, Exit.fail(error(entry.bytes, acceptedOf(entry))))
    }
    this.watch?.stop()
  }

  /** Whoever waits fails with `Closed`; what is in flight stays so, without its fiber. */
  close(): void {
    const error: Failure = (requested, accepted) => this.sink.sendError("Closed", requested, accepted)
    this.closed = true
    this.refusal = error
    for (const entry of this.dismissAll()) {
      this.giveUp(entry, error(entry.bytes, acceptedOf(entry)))
    }
    this.watch?.stop()
    this.endWaiters?.wake(Exit.fail(error(0)))
  }

  /** The connection is no more: what is left of a send in pieces is not handed over. */
  abandon(): void {
    if (piecesOf(this.inFlight) !== undefined) this.inFlight = undefined
  }

  get hurried(): ReadonlyArray<Entry> {
    const all = this.inFlight === undefined ? this.waiting : [this.inFlight, ...this.waiting]
    return all.filter(({ exit, haste }) => haste !== undefined && exit === undefined)
  }

  /** One that is in flight stays so, without its fiber; any other is no more. */
  timeOut(entry: Entry): void {
    this.waiting = this.waiting.filter(other => other !== entry)
    this.giveUp(entry, this.sink.sendTimedOut(entry.haste?.timeout ?? 0, entry.bytes, acceptedOf(entry)))
  }

  private giveUp(entry: Entry, error: SendError): void {
    entry.exit = Exit.fail(error)
    entry.resume?.(entry.exit)
    entry.resume = undefined
  }

  /** Everybody who sends; nobody waits any more. */
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
    if (entry.haste !== undefined) {
      this.watch ??= new SendWatch(this, callback => this.sink.later(callback))
      this.watch.attend(entry)
    }
  }

  private settle(entry: Entry, exit: Exit.Exit<void, SendError>): void {
    if (this.inFlight === entry) {
      this.inFlight = undefined
    }
    entry.exit ??= exit
    entry.resume?.(exit)
  }

  /** The system has taken all of it. */
  private done(entry: Entry): void {
    this.settle(entry, Exit.void)
    if (this.closed) this.sink.flushed()
  }

  private handOver(entry: Entry): void {
    this.inFlight = entry
    this.sent += entry.bytes
    this.allowance.spendSend()
    if (piecesOf(entry) !== undefined) {
      this.proceed(entry)
    } else {
      this.allowance.spendBytes(entry.bytes)
      if (this.sink.write(entry.buffers) && this.inFlight === entry) this.settle(entry, Exit.void)
    }
  }

  /** Piece by piece, for as long as each is taken at once. */
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
        // While it was being handed over it may have been taken, and others after it.
        if (this.sink.write(piece)) pieces.take(piece)
      }
    }
  }

  /** What is left of a send in pieces, the next sender's turn, and in the end that of the shutdown. */
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
      this.sink.end()
    }
  }

  /** Nobody hands over until other events have had their turn. */
  private rest(): void {
    if (!this.resting) {
      this.resting = true
      this.sink.later(() => {
        this.resting = false
        this.allowance.renew()
        this.watch?.progress()
        this.next()
      })
    }
  }

  /** This, at once or after a rest. */
  private rested(exit: Exit.Exit<void, SendError>): Effect.Effect<void, SendError> {
    if (!this.allowance.isSpent) return exit
    this.rest()
    return Effect.async<void, SendError>(resume => {
      this.sink.later(() => resume(exit))
    })
  }
}
