/**
 * The receive buffer of a socket, and the turn to receive from it.
 *
 * One fiber at a time has the turn, from its call to its result. A fiber that was interrupted has lost it. Bytes are
 * consumed in the step of the fiber that returns them, so an interrupted receive has consumed nothing.
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
import { type AnyFiber, type SocketTimeouts, Waiters } from "../waiting/index.ts"
import { ByteQueue } from "./byteQueue.ts"
import type { Instruction, Step } from "./step.ts"
import { ReceiveWatch, type Waiter } from "./watch.ts"

/** What a receive buffer needs of its connection. */
export interface ReceiveHost {
  /** In bytes: when this many are buffered, the buffer pauses the connection until they have been taken. */
  readonly highWaterMark: number
  pause(): void
  resume(): void
  /** Takes back the memory of a chunk that was copied, not handed out. */
  recycle(chunk: Uint8Array): void
  /** Runs the callback after a turn of the event loop. */
  later(callback: () => void): void
  recvError(reason: RecvError["reason"], bufsize?: unknown): RecvError
  recvTimedOut(by: TimedOutBy, timeout: number): RecvError
}

/** Sees what receives consume, in the step that consumes it. */
export interface RecvObserver {
  /** The bytes that a receive is about to return. Valid only during the call. */
  received(bytes: Uint8Array): void
  /** A receive has returned the end of the stream. */
  ended(): void
}

type Receive = Effect.Effect<Option.Option<Uint8Array>, RecvError>

const theEnd: Exit.Exit<Option.Option<never>> = Exit.succeed(Option.none())

/** A size that a receive may ask for, in bytes. */
export const isBufsize = (bufsize: number): boolean => Number.isSafeInteger(bufsize) && bufsize > 0

export class ReceiveBuffer {
  /** How many bytes have arrived so far. */
  received = 0
  private readonly host: ReceiveHost
  private readonly queue: ByteQueue
  /** `Ended` and `Failed`: no more bytes will arrive, and those that have can still be received. */
  private state: "Open" | "Ended" | "Failed" | "Closed" = "Open"
  /** Set while `state` is `Failed`: what every receive returns once the bytes before it are gone. */
  private failure: Exit.Exit<never, RecvError> | undefined
  private paused = false

  /** The fiber that has the turn, and whether it could be interrupted when it took it. */
  private owner: AnyFiber | undefined
  private ownerInterruptible = false
  /**
   * What the fiber with the turn does. `Recv`: it waits in a plain `recv(count)`. `Other`: it tries, or waits for `needed`
   * bytes in another way. `RecvGranted`: `commit` will give it up to `count` bytes. `StepGranted`: `commit` will consume
   * `count` bytes and return `value`.
   */
  private turn: "Free" | "Other" | "Recv" | "RecvGranted" | "StepGranted" = "Free"
  private count = 0
  private value: unknown
  private observer: RecvObserver | undefined
  /** The fiber with the turn waits until this many bytes are buffered. */
  private needed = 1
  waiter: Waiter | undefined
  /** What the waiting fiber does next. */
  next: Effect.Effect<unknown, unknown> = Effect.void

  // Effects that are made once for each socket, when they are first needed: an idle connection needs none of them.
  private commit: Effect.Effect<unknown> | undefined
  private parked: Effect.Effect<unknown, unknown> | undefined
  /** What `recv` returned last, and for which bufsize: most programs repeat the same receive. */
  private again: Receive | undefined
  private againBufsize = 0

  private endWaiters: Waiters | undefined
  private watch: ReceiveWatch | undefined

  constructor(host: ReceiveHost) {
    this.host = host
    this.queue = new ByteQueue(host)
  }

  get size(): number {
    return this.queue.size
  }

  /** Adds bytes that arrived. The chunk belongs to the buffer from now on. */
  push(chunk: Uint8Array): void {
    if (this.state === "Closed" || chunk.length === 0) return
    this.received += chunk.length
    this.queue.push(chunk)
    // The demand of an interrupted receive no longer counts.
    if (!this.paused && this.size >= this.host.highWaterMark && (this.size >= this.needed || this.isFree)) {
      this.paused = true
      this.host.pause()
    }
    this.wake()
  }

  /** The peer has ended: no more bytes will arrive. */
  end(): void {
    if (this.state !== "Open") return
    this.state = "Ended"
    this.over()
  }

  /** The connection broke: no more bytes will arrive. */
  fail(error: RecvError): void {
    if (this.state !== "Open") return
    this.state = "Failed"
    this.failure = Exit.fail(error)
    this.over()
  }

  /** Drops what was not received. The waiting fiber and every later receive fail with `Closed`. */
  close(): void {
    this.state = "Closed"
    const drop = () => {
      if (!this.isGranted || this.isFree) this.queue.clear()
    }
    drop()
    // A granted receive commits within a turn of the event loop, or its fiber has been interrupted.
    if (this.isGranted) this.host.later(drop)
    this.over()
  }

  /** Whether no more bytes will arrive. */
  get isOver(): boolean {
    return this.state !== "Open"
  }

  get isClosed(): boolean {
    return this.state === "Closed"
  }

  /** Whether the waiting fiber can go on. */
  get isReady(): boolean {
    return this.queue.size >= this.needed || this.state !== "Open"
  }

  get awaitEnd(): Effect.Effect<void> {
    this.endWaiters ??= new Waiters()
    return this.endWaiters.wait(() => (this.isOver ? Exit.void : undefined))
  }

  recv(bufsize: number, timeouts?: SocketTimeouts, observer?: RecvObserver): Receive {
    if (timeouts !== undefined || observer !== undefined) return this.attempt(bufsize, timeouts, observer)
    if (this.again === undefined || this.againBufsize !== bufsize) {
      this.again = this.attempt(bufsize, undefined, undefined)
      this.againBufsize = bufsize
    }
    return this.again
  }

  private attempt(bufsize: number, timeouts: SocketTimeouts | undefined, observer: RecvObserver | undefined): Receive {
    const attempt: Receive = Effect.withFiberRuntime((fiber, status) => {
      if (!isBufsize(bufsize)) {
        return Exit.fail(this.host.recvError("InvalidBufsize", bufsize))
      }
      if (!this.claim(fiber, status, observer)) return Exit.fail(this.host.recvError("Busy"))
      if (this.state === "Closed") return this.release(Exit.fail(this.host.recvError("Closed")))
      if (this.size > 0) return this.grantBytes(bufsize)
      if (this.state === "Ended") {
        observer?.ended()
        return this.release(theEnd)
      }
      if (this.state === "Failed") return this.release(this.failure!)
      // It parks at most once: one byte is enough.
      if (timeouts !== undefined) return this.watchFor(1).park(timeouts, fiber, undefined, () => attempt)
      this.turn = "Recv"
      this.count = bufsize
      return this.park(1, attempt)
    })
    return attempt
  }

  /** `begun`: when the receive began to wait, if it has waited with timeouts before. */
  recvWith<A, E>(
    step: Step<A, E>,
    timeouts?: SocketTimeouts,
    observer?: RecvObserver,
    begun?: number
  ): Effect.Effect<A, E | RecvError> {
    const attempt: Effect.Effect<A, E | RecvError> = Effect.withFiberRuntime((fiber, status) => {
      if (!this.claim(fiber, status, observer)) return Exit.fail(this.host.recvError("Busy"))
      if (this.state === "Closed") return this.release(Exit.fail(this.host.recvError("Closed")))
      let instruction: Instruction<A, E>
      try {
        instruction = step(this.queue.view(), this.state === "Ended", this.received - this.queue.size)
      } catch (defect) {
        return this.release(Exit.die(defect))
      }
      switch (instruction._tag) {
        case "Take":
          return this.grantStep(instruction.bytes, instruction.value)
        case "Fail":
          return this.release(Exit.fail(instruction.error))
        case "More": {
          if (this.state === "Failed") return this.release(this.failure!)
          const { atLeast } = instruction
          if (this.state === "Ended" || !(atLeast >= 0)) {
            const why = this.state === "Ended" ? "after the end of the stream" : `than ${atLeast} bytes`
            return this.release(Exit.die(new Error(`a step asked for more ${why}`)))
          }
          // A step that asks for what is there already would run for ever.
          const bytes = Math.max(atLeast, this.queue.size + 1)
          return timeouts === undefined
            ? this.park(bytes, attempt)
            : this.watchFor(bytes).park(timeouts, fiber, begun, since => this.recvWith(step, timeouts, observer, since))
        }
      }
    })
    return attempt
  }

  private grantBytes(bufsize: number): Receive {
    this.turn = "RecvGranted"
    this.count = bufsize
    return this.committing as Receive
  }

  private grantStep<A>(bytes: number, value: A): Effect.Effect<A> {
    if (!(Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= this.queue.size)) {
      return this.release(Exit.die(new Error(`a step took ${bytes} bytes of ${this.queue.size}`)))
    }
    this.turn = "StepGranted"
    this.count = bytes
    this.value = value
    return this.committing as Effect.Effect<A>
  }

  /**
   * A `sync` hands its value on in the same step of the fiber, so that no yield, and no interruption, can come between
   * the consumption and the result. An Exit returned by the attempt would leave such a gap.
   */
  private get committing(): Effect.Effect<unknown> {
    this.commit ??= Effect.sync(() => (this.turn === "RecvGranted" ? this.takeBytes() : this.takeStep()))
    return this.commit
  }

  private takeBytes(): Option.Option<Uint8Array> {
    const bytes = this.queue.take(this.count)
    const { observer } = this
    this.committed()
    observer?.received(bytes)
    return Option.some(bytes)
  }

  private takeStep(): unknown {
    const { count, observer, value } = this
    this.value = undefined
    if (observer === undefined) this.queue.drop(count)
    else this.dropObserved(count, observer)
    this.committed()
    return value
  }

  private dropObserved(bytes: number, observer: RecvObserver): void {
    const isEnd = this.state === "Ended" && bytes === this.queue.size
    try {
      if (bytes > 0) observer.received(this.queue.view().subarray(0, bytes))
      if (isEnd) observer.ended()
    } finally {
      this.queue.drop(bytes)
    }
  }

  private committed(): void {
    this.giveBack()
    if (this.state === "Closed") this.queue.clear()
    else if (this.paused && this.size === 0) this.flow()
  }

  private flow(): void {
    this.paused = false
    if (this.state === "Open") this.host.resume()
  }

  /** Takes the turn for this fiber, which may have it already. */
  private claim(fiber: AnyFiber, status: FiberStatus.Running, observer: RecvObserver | undefined): boolean {
    if (this.owner !== fiber && !this.isFree) return false
    this.owner = fiber
    this.ownerInterruptible = RuntimeFlags.interruptible(status.runtimeFlags)
    this.turn = "Other"
    this.observer = observer
    this.needed = 1
    this.waiter = undefined
    return true
  }

  private giveBack(): void {
    this.owner = undefined
    this.turn = "Free"
    this.observer = undefined
    this.needed = 1
  }

  private get isGranted(): boolean {
    return this.turn === "RecvGranted" || this.turn === "StepGranted"
  }

  /** Whether no fiber has the turn. An interrupted owner has lost it, unless it took it where it cannot be interrupted. */
  private get isFree(): boolean {
    const { owner } = this
    return (
      owner === undefined || (this.ownerInterruptible && !Cause.isEmpty(owner.getFiberRef(FiberRef.interruptedCause)))
    )
  }

  private release<A, E>(exit: Exit.Exit<A, E>): Exit.Exit<A, E> {
    this.giveBack()
    return exit
  }

  /** Waits for this many bytes, and then makes another attempt. */
  private park<A, E>(bytes: number, attempt: Effect.Effect<A, E>): Effect.Effect<A, E> {
    this.demand(bytes)
    this.next = attempt
    this.parked ??= Effect.async(resume => {
      if (this.isReady) resume(this.next)
      else this.waiter = resume
    })
    return this.parked as Effect.Effect<A, E>
  }

  /** For a wait with timeouts. */
  private watchFor(bytes: number): ReceiveWatch {
    this.demand(bytes)
    this.watch ??= new ReceiveWatch(this, callback => this.host.later(callback))
    return this.watch
  }

  private demand(bytes: number): void {
    this.needed = bytes
    if (this.paused) this.flow()
  }

  /** Fails the waiting fiber. */
  timeOut(by: TimedOutBy, timeout: number): void {
    const goOn = this.waiter
    this.waiter = undefined
    goOn?.(this.release(Exit.fail(this.host.recvTimedOut(by, timeout))))
  }

  private wake(): void {
    const goOn = this.waiter
    if (goOn !== undefined && this.isReady) {
      this.waiter = undefined
      // A plain `recv` is granted its bytes here: another attempt would only find what is known already.
      goOn(this.turn === "Recv" && this.size > 0 && this.state !== "Closed" ? this.grantBytes(this.count) : this.next)
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
