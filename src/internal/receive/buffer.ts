/**
 * The one buffer of a socket, and the turn to receive from it. One fiber at a time has the turn, from its call to its
 * result; a fiber that was interrupted has lost it. Nothing is consumed before the step in which it is also returned.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import type * as FiberStatus from "effect/FiberStatus"
import * as Option from "effect/Option"
import * as RuntimeFlags from "effect/RuntimeFlags"
import type { RecvError, TimedOutBy } from "../../SocketError.ts"
import type { SocketTimeouts } from "../waiting/timeouts.ts"
import { Waiters } from "../waiting/waiters.ts"
import type { AnyFiber } from "../waiting/watchdog.ts"
import { ByteQueue } from "./byteQueue.ts"
import type { Source } from "./source.ts"
import type { Instruction, Step } from "./step.ts"
import { ReceiveWatch, type Waiter } from "./watch.ts"

export abstract class Turn {
  private owner: AnyFiber | undefined
  private ownerInterruptible = false

  /** Whether the turn is this fiber's from now on. It may have had it already. */
  protected take(fiber: AnyFiber, status: FiberStatus.Running): boolean {
    if (this.owner !== fiber && !this.isFree) {
      return false
    }
    this.owner = fiber
    this.ownerInterruptible = RuntimeFlags.interruptible(status.runtimeFlags)
    return true
  }

  protected giveBack(): void {
    this.owner = undefined
  }

  /** Whether nobody has it who will come back for it. */
  protected get isFree(): boolean {
    return this.owner === undefined || this.isGone(this.owner)
  }

  /** An interrupted owner never comes back for its turn, unless it took it where it cannot be interrupted. */
  private isGone(owner: AnyFiber): boolean {
    return this.ownerInterruptible && !Cause.isEmpty(owner.getFiberRef(FiberRef.interruptedCause))
  }
}

type Receive = Effect.Effect<Option.Option<Uint8Array>, RecvError>

const atTheEnd: Exit.Exit<Option.Option<never>> = Exit.succeed(Option.none())

export class ReceiveBuffer extends Turn {
  received = 0
  private readonly queue: ByteQueue
  private readonly source: Source
  private paused = false

  /** Set once: the clean end, or the error that every later receive gets when the bytes before it are gone. */
  private ended = false
  private failure: Exit.Exit<never, RecvError> | undefined
  private closed = false

  /** Whoever has the turn is parked until this many bytes are here. */
  private needed = 1
  waiter: Waiter | undefined
  /** What whoever has the turn has been promised: `commit*` takes it in the very step that returns it. */
  private promised = false
  /** Of the `recv` that takes, or waits without timeouts; else 0. */
  private bufsize = 0
  private taken = 0
  private value: unknown
  // A `sync` hands its value to what follows it in the same step of the fiber, so that no yield, and no interruption,
  // can come between the taking and the result. An Exit returned from the attempt would leave such a gap. It is made when
  // there is something to take: most connections of a server wait for that.
  private commitRecv: Effect.Effect<Option.Option<Uint8Array>> | undefined
  private commitStep: Effect.Effect<unknown> | undefined

  /** What `recv` gave last, and for which size. */
  private again: Receive | undefined
  private againBufsize = 0
  /** The wait of whoever has the turn, and what comes after it. */
  private parked: Effect.Effect<unknown, unknown> | undefined
  next: Effect.Effect<unknown, unknown> = Effect.void

  private endWaiters: Waiters | undefined
  /** Since a receive with timeouts has waited. */
  private watch: ReceiveWatch | undefined

  constructor(source: Source) {
    super()
    this.source = source
    this.queue = new ByteQueue(source)
  }

  get size(): number {
    return this.queue.size
  }

  /** Takes bytes from the source; `chunk` belongs to the buffer from now on. */
  push(chunk: Uint8Array): void {
    if (this.closed || chunk.length === 0) return
    this.received += chunk.length
    this.queue.push(chunk)
    // What whoever was interrupted needed, nobody does.
    if (!this.paused && this.size >= this.source.highWaterMark && (this.size >= this.needed || this.isFree)) {
      this.paused = true
      this.source.pause()
    }
    this.wake()
  }

  /** No more bytes will come: the peer has ended. */
  end(): void {
    if (!this.isOver) {
      this.ended = true
      this.over()
    }
  }

  /** No more bytes will come: the connection broke. */
  fail(error: RecvError): void {
    if (!this.isOver) {
      this.failure = Exit.fail(error)
      this.over()
    }
  }

  /** Whatever was not received is dropped, whoever waits is woken, and everything from now on fails `Closed`. */
  close(): void {
    this.closed = true
    const drop = () => {
      if (!this.promised || this.isFree) this.queue.clear()
    }
    drop()
    // Whoever was promised something takes it within a turn, or has been interrupted.
    if (this.promised) this.source.later(drop)
    this.over()
  }

  get isOver(): boolean {
    return this.ended || this.failure !== undefined || this.closed
  }

  /** Whether what is waited for is there, or nothing more will come. */
  get isReady(): boolean {
    return this.queue.size >= this.needed || this.isOver
  }

  get awaitEnd(): Effect.Effect<void> {
    this.endWaiters ??= new Waiters()
    return this.endWaiters.wait(() => (this.isOver ? Exit.void : undefined))
  }

  /** The same effect for the same call: most receive again and again what they received before. */
  recv(bufsize: number, timeouts?: SocketTimeouts): Receive {
    if (timeouts !== undefined) return this.attempt(bufsize, timeouts)
    if (this.again === undefined || this.againBufsize !== bufsize) {
      this.again = this.attempt(bufsize)
      this.againBufsize = bufsize
    }
    return this.again
  }

  private attempt(bufsize: number, timeouts?: SocketTimeouts): Receive {
    const attempt: Receive = Effect.withFiberRuntime((fiber, status) => {
      if (!(Number.isSafeInteger(bufsize) && bufsize > 0)) {
        return Exit.fail(this.source.recvError("InvalidBufsize", bufsize))
      }
      if (!this.claim(fiber, status)) return Exit.fail(this.source.recvError("Busy"))
      if (this.closed) return this.release(Exit.fail(this.source.recvError("Closed")))
      if (this.size > 0) return this.promiseBytes(bufsize)
      if (this.ended || this.failure !== undefined) return this.release(this.failure ?? atTheEnd)
      // It waits once: what it waits for is all that it wants.
      if (timeouts !== undefined) return this.watchFor(1).park(timeouts, fiber, undefined, () => attempt)
      this.bufsize = bufsize
      return this.park(1, attempt)
    })
    return attempt
  }

  /** `begun`: when it began to wait, if it goes on with a wait under timeouts. */
  recvWith<A, E>(step: Step<A, E>, timeouts?: SocketTimeouts, begun?: number): Effect.Effect<A, E | RecvError> {
    const attempt: Effect.Effect<A, E | RecvError> = Effect.withFiberRuntime((fiber, status) => {
      if (!this.claim(fiber, status)) {
        return Exit.fail(this.source.recvError("Busy"))
      }
      if (this.closed) {
        return this.release(Exit.fail(this.source.recvError("Closed")))
      }
      let instruction: Instruction<A, E>
      try {
        instruction = step(this.queue.view(), this.ended, this.received - this.queue.size)
      } catch (defect) {
        return this.release(Exit.die(defect))
      }
      switch (instruction._tag) {
        case "Take":
          return this.promise(instruction.bytes, instruction.value)
        case "Fail":
          return this.release(Exit.fail(instruction.error))
        case "More": {
          if (this.failure !== undefined) {
            return this.release(this.failure)
          }
          if (this.ended || !(instruction.atLeast >= 0)) {
            const why = this.ended ? "after the end of the stream" : `than ${instruction.atLeast} bytes`
            return this.release(Exit.die(new Error(`a step asked for more ${why}`)))
          }
          const bytes = Math.max(instruction.atLeast, this.queue.size + 1)
          return timeouts === undefined
            ? this.park(bytes, attempt)
            : this.watchFor(bytes).park(timeouts, fiber, begun, since => this.recvWith(step, timeouts, since))
        }
      }
    })
    return attempt
  }

  private promiseBytes(bufsize: number): Receive {
    this.promised = true
    this.bufsize = bufsize
    this.commitRecv ??= Effect.sync(() => this.takeBytes())
    return this.commitRecv
  }

  private promise<A>(bytes: number, value: A): Effect.Effect<A> {
    if (!(Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= this.queue.size)) {
      return this.release(Exit.die(new Error(`a step took ${bytes} bytes of ${this.queue.size}`)))
    }
    this.promised = true
    this.taken = bytes
    this.value = value
    this.commitStep ??= Effect.sync(() => this.takeStep())
    return this.commitStep as Effect.Effect<A>
  }

  private takeBytes(): Option.Option<Uint8Array> {
    const bytes = this.queue.take(this.bufsize)
    this.committed()
    return Option.some(bytes)
  }

  private takeStep(): unknown {
    const value = this.value
    this.value = undefined
    this.queue.drop(this.taken)
    this.committed()
    return value
  }

  private committed(): void {
    this.promised = false
    this.giveBack()
    this.needed = 1
    if (this.closed) this.queue.clear()
    else if (this.paused && this.size === 0) this.flow()
  }

  private flow(): void {
    this.paused = false
    if (!this.isOver) {
      this.source.resume()
    }
  }

  private claim(fiber: AnyFiber, status: FiberStatus.Running): boolean {
    if (!this.take(fiber, status)) return false
    this.needed = 1
    this.waiter = undefined
    this.promised = false
    this.bufsize = 0
    return true
  }

  private release<A, E>(exit: Exit.Exit<A, E>): Exit.Exit<A, E> {
    this.giveBack()
    this.needed = 1
    return exit
  }

  /** Waits for so many bytes, and then makes another attempt. */
  private park<A, E>(bytes: number, attempt: Effect.Effect<A, E>): Effect.Effect<A, E> {
    this.demand(bytes)
    this.next = attempt
    this.parked ??= Effect.async(resume => {
      if (this.isReady) resume(this.next)
      else this.waiter = resume
    })
    return this.parked as Effect.Effect<A, E>
  }

  /** For whoever does so within timeouts. */
  private watchFor(bytes: number): ReceiveWatch {
    this.demand(bytes)
    this.watch ??= new ReceiveWatch(this, callback => this.source.later(callback))
    return this.watch
  }

  private demand(bytes: number): void {
    this.needed = bytes
    if (this.paused) this.flow()
  }

  timeOut(by: TimedOutBy, limit: number): void {
    const goOn = this.waiter
    this.waiter = undefined
    goOn?.(this.release(Exit.fail(this.source.recvTimedOut(by, limit))))
  }

  private wake(): void {
    const goOn = this.waiter
    if (goOn !== undefined && this.isReady) {
      this.waiter = undefined
      // The bytes of a `recv` are promised here: another attempt would only find what is known already.
      goOn(this.bufsize > 0 && this.size > 0 && !this.closed ? this.promiseBytes(this.bufsize) : this.next)
    } else {
      this.watch?.arrived()
    }
  }

  private over(): void {
    this.wake()
    this.watch?.stop()
    this.endWaiters?.wake(Exit.void)
  }
}
