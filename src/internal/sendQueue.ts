/**
 * The senders of a socket: first in, first out, and only the head hands its bytes over, so that two fibers' buffers
 * never interleave. What has been handed over goes out whole, whatever becomes of its fiber.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { SendError } from "../SocketError.ts"

/** One buffer, or several that go out as one. */
export type Buffers = Uint8Array | ReadonlyArray<Uint8Array>

export const bytesIn = (buffers: Buffers): number =>
  buffers instanceof Uint8Array ? buffers.length : buffers.reduce((sum, buffer) => sum + buffer.length, 0)

/** What the queue needs of the thing that takes the bytes. */
export interface Sink {
  /** Hands over: true when all was taken at once, else `SendQueue.drained` or `SendQueue.fail` is called later. */
  write(buffers: Buffers): boolean
  /** Ends our half, then calls `SendQueue.finished`. Nothing is in flight. */
  end(): void
  /** Runs the callback after other events have had their turn. */
  later(callback: () => void): void
  sendError(reason: SendError["reason"], bytesRequested: number): SendError
}

type Resume = (effect: Effect.Effect<void, SendError>) => void

interface Entry {
  readonly buffers: Buffers
  readonly bytes: number
  exit: Exit.Exit<void, SendError> | undefined
  resume: Resume | undefined
}

/** Writes that the system takes complete at once: without these bounds a busy sender would starve all else. */
const bytesPerTurn = 1024 * 1024
const sendsPerTurn = 256

export class SendQueue {
  sent = 0
  private readonly sink: Sink
  private inFlight: Entry | undefined
  private waiting: Array<Entry> = []
  /** Why nothing more can be sent. */
  private refusal: ((bytesRequested: number) => SendError) | undefined
  /** Our half: shutting it down has been asked for, has begun, is done. */
  private half: "open" | "asked" | "ending" | "ended" = "open"
  private closed = false
  private endWaiters: Set<Resume> | undefined
  private bytesLeft = bytesPerTurn
  private sendsLeft = sendsPerTurn
  private resting = false

  constructor(sink: Sink) {
    this.sink = sink
  }

  /** Whether bytes of a send have been handed over and not all been taken. */
  get isFlushing(): boolean {
    return this.inFlight !== undefined
  }

  /** Of sends that have their turn before them. */
  get bytesWaiting(): number {
    return this.waiting.reduce((sum, entry) => sum + entry.bytes, 0)
  }

  sendAll(bytes: Buffers): Effect.Effect<void, SendError> {
    return Effect.suspend(() => {
      const total = bytesIn(bytes)
      if (this.refusal !== undefined) {
        return Exit.fail(this.refusal(total))
      }
      if (total === 0) {
        return Exit.void
      }
      const entry: Entry = { buffers: bytes, bytes: total, exit: undefined, resume: undefined }
      if (this.inFlight !== undefined || this.waiting.length > 0 || this.resting) {
        return this.enqueue(entry)
      }
      this.handOver(entry)
      return entry.exit === undefined ? this.settled(entry) : this.isTired ? this.afterRest(entry.exit) : entry.exit
    })
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
    return Effect.async<void, SendError>(resume => {
      if (this.half === "ended" || this.closed) {
        resume(this.closed ? Exit.fail(this.sink.sendError("Closed", 0)) : Exit.void)
        return
      }
      this.endWaiters ??= new Set()
      this.endWaiters.add(resume)
      return Effect.sync(() => this.endWaiters?.delete(resume))
    })
  }

  /** The system has taken what was in flight. */
  drained(): void {
    const entry = this.inFlight
    if (entry !== undefined) {
      this.settle(entry, Exit.void)
      this.next()
    }
  }

  /** Our half has ended. */
  finished(): void {
    this.half = "ended"
    this.endAll(Exit.void)
  }

  /** The connection broke: whoever sends, and whoever will, gets this error. */
  fail(error: (bytesRequested: number) => SendError): void {
    if (this.half === "open" && !this.closed) {
      // The first one is the true one: a close that follows says nothing.
      this.refusal ??= error
    }
    if (this.half !== "open") {
      this.finished()
    }
    for (const entry of this.dismissAll()) {
      this.settle(entry, Exit.fail(error(entry.bytes)))
    }
  }

  /** Whoever waits fails with `Closed`; what is in flight stays so, without its fiber. */
  close(): void {
    const error = (requested: number) => this.sink.sendError("Closed", requested)
    this.closed = true
    this.refusal = error
    for (const entry of this.dismissAll()) {
      entry.exit = Exit.fail(error(entry.bytes))
      entry.resume?.(entry.exit)
      entry.resume = undefined
    }
    if (this.endWaiters !== undefined) this.endAll(Exit.fail(error(0)))
  }

  /** Everybody who sends; nobody waits any more. */
  private dismissAll(): ReadonlyArray<Entry> {
    const waiting = this.waiting
    this.waiting = []
    return this.inFlight === undefined ? waiting : [this.inFlight, ...waiting]
  }

  private endAll(exit: Exit.Exit<void, SendError>): void {
    for (const resume of this.endWaiters ?? []) resume(exit)
    this.endWaiters = undefined
  }

  private enqueue(entry: Entry): Effect.Effect<void, SendError> {
    return Effect.async<void, SendError>(resume => {
      if (this.refusal !== undefined) {
        resume(Exit.fail(this.refusal(entry.bytes)))
        return
      }
      entry.resume = resume
      this.waiting.push(entry)
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
      }
    })
  }

  private settle(entry: Entry, exit: Exit.Exit<void, SendError>): void {
    if (this.inFlight === entry) {
      this.inFlight = undefined
    }
    entry.exit ??= exit
    entry.resume?.(exit)
  }

  private handOver(entry: Entry): void {
    this.inFlight = entry
    this.sent += entry.bytes
    this.bytesLeft -= entry.bytes
    this.sendsLeft -= 1
    if (this.sink.write(entry.buffers) && this.inFlight === entry) {
      this.settle(entry, Exit.void)
    }
  }

  /** The next sender's turn, and in the end that of the shutdown. */
  private next(): void {
    while (this.inFlight === undefined && this.waiting.length > 0 && !this.resting) {
      if (this.isTired) {
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

  private get isTired(): boolean {
    return this.bytesLeft <= 0 || this.sendsLeft <= 0
  }

  /** Nobody hands over until other events have had their turn. */
  private rest(): void {
    if (!this.resting) {
      this.resting = true
      this.sink.later(() => {
        this.resting = false
        this.bytesLeft = bytesPerTurn
        this.sendsLeft = sendsPerTurn
        this.next()
      })
    }
  }

  private afterRest(exit: Exit.Exit<void, SendError>): Effect.Effect<void, SendError> {
    this.rest()
    return Effect.async<void, SendError>(resume => {
      this.sink.later(() => resume(exit))
    })
  }
}
