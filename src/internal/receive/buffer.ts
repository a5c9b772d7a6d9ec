/**
 * The receive buffer of a socket. It keeps the bytes that have arrived until a fiber receives them.
 *
 * One fiber at a time has the turn: the right to receive, from the call of a receive to its result. An interrupted
 * fiber loses the turn, unless it was uninterruptible when it took the turn. Bytes are consumed in the same fiber step
 * that returns them, so an interrupted receive has consumed nothing.
 * See docs/DECISIONS.md#interrupted-receivers-lose-the-turn.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as FiberStatus from "effect/FiberStatus"
import * as Option from "effect/Option"
import * as RuntimeFlags from "effect/RuntimeFlags"
import type { RecvError, TimedOutBy } from "../../SocketError.ts"
import { type AnyFiber, isInterrupted, type SocketTimeouts, Waiters } from "../waiting/index.ts"
import { ByteQueue } from "./byteQueue.ts"
import type { Instruction, Step } from "./step.ts"
import { ReceiveWatch, type Waiter } from "./watch.ts"

/** What a receive buffer needs from its connection. */
export interface ReceiveHost {
  /**
   * In bytes. The buffer pauses the connection when this many bytes are buffered, and resumes it when the buffer is
   * empty or a receive waits for more. If a receive waits for more bytes than this, the buffer pauses the connection
   * only when they have arrived.
   */
  readonly highWaterMark: number
  pause(): void
  resume(): void
  /** Takes back the memory of a chunk whose bytes were copied or dropped. */
  recycle(chunk: Uint8Array): void
  /** Runs the callback after one turn of the event loop. */
  later(callback: () => void): void
  recvError(reason: RecvError["reason"], bufsize?: unknown): RecvError
  recvTimedOut(by: TimedOutBy, timeout: number): RecvError
  /** Returns the error of a step. If the error is an `UnexpectedEnd`, adds the addresses of the connection. */
  stepError<E>(error: E): E
}

/** Observes what receives consume, in the fiber step that consumes it. */
export interface RecvObserver {
  /** Called with the bytes that a receive consumes, before it returns. They are valid only during the call. */
  received(bytes: Uint8Array): void
  /**
   * Called when a receive has found the end of the stream. The receive then returns the end, returns the bytes before
   * the end, or fails because of the end.
   */
  ended(): void
}

type Receive = Effect.Effect<Option.Option<Uint8Array>, RecvError>

const theEnd: Exit.Exit<Option.Option<never>> = Exit.succeed(Option.none())

/** Returns true if a receive may ask for this many bytes. */
export const isBufsize = (bufsize: number): boolean => Number.isSafeInteger(bufsize) && bufsize > 0

const empty = new Uint8Array(0)

/** The owner of the turn after `handOver`. It is only compared with fibers. */
const anotherReader = {} as AnyFiber

export class ReceiveBuffer {
  /** The number of bytes that have arrived so far. */
  received = 0
  private readonly host: ReceiveHost
  private readonly queue: ByteQueue
  /**
   * In `Ended` and `Failed`, no more bytes will arrive, and the buffered bytes can still be received. In `Closed`,
   * every receive fails.
   */
  private state: "Open" | "Ended" | "Failed" | "Closed" = "Open"
  /** Set when `state` becomes `Failed`. A receive that finds too few bytes fails with this error. */
  private failure: Exit.Exit<never, RecvError> | undefined
  private paused = false

  /** The fiber that has the turn. If it has been interrupted, it may have lost the turn: see `isFree`. */
  private owner: AnyFiber | undefined
  /** True if `owner` was interruptible when it took the turn. */
  private ownerInterruptible = false
  /**
   * The state of the turn:
   *
   * - `Free`: there is no owner.
   * - `Recv`: `owner` waits in a `recv` of up to `count` bytes without timeouts.
   * - `Other`: `owner` is `anotherReader`, checks whether it can receive, or waits for `needed` bytes in a receive.
   * - `RecvGranted`: `commit` will consume and return up to `count` bytes.
   * - `StepGranted`: `commit` will consume `count` bytes and return `value`.
   */
  private turn: "Free" | "Other" | "Recv" | "RecvGranted" | "StepGranted" = "Free"
  private count = 0
  private value: unknown
  private observer: RecvObserver | undefined
  /** True if the last step could decide only because the stream has ended. Exact only if there is an `observer`. */
  private foundEnd = false
  /** `owner` waits until this many bytes are buffered. */
  private needed = 1
  /** Resumes `owner`. Set only while `owner` waits. */
  waiter: Waiter | undefined
  /** The effect that `owner` runs when it resumes. */
  next: Effect.Effect<unknown, unknown> = Effect.void

  // Each effect is made when it is first needed. An idle connection needs none of them.
  private commit: Effect.Effect<unknown> | undefined
  private parked: Effect.Effect<unknown, unknown> | undefined
  /**
   * The effect of the last `recv` without timeouts and without an observer. It is for `againBufsize` bytes. It is kept
   * because most programs repeat the same receive.
   */
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

  /** Adds bytes that have arrived. The buffer owns the chunk from now on. */
  push(chunk: Uint8Array): void {
    if (this.state === "Closed" || chunk.length === 0) return
    this.received += chunk.length
    this.queue.push(chunk)
    // If the receive that needs more bytes was interrupted, `needed` no longer counts.
    if (!this.paused && this.size >= this.host.highWaterMark && (this.size >= this.needed || this.isFree)) {
      this.paused = true
      this.host.pause()
    }
    this.wake()
  }

  /**
   * Removes and returns the buffered bytes. From now on, another reader gets all bytes, and every receive fails with
   * `Busy` until the close. Returns `undefined` if a receive has the turn.
   */
  handOver(): Uint8Array | undefined {
    if (!this.isFree) return undefined
    this.waiter = undefined
    this.owner = anotherReader
    this.ownerInterruptible = false
    this.turn = "Other"
    return this.size === 0 ? empty : this.queue.take(this.size)
  }

  /** Counts bytes that went to another reader. */
  passed(bytes: number): void {
    this.received += bytes
  }

  /** Called when the peer has ended the stream: no more bytes will arrive. */
  end(): void {
    if (this.state !== "Open") return
    this.state = "Ended"
    this.over()
  }

  /** Called when the connection has failed: no more bytes will arrive. */
  fail(error: RecvError): void {
    if (this.state !== "Open") return
    this.state = "Failed"
    this.failure = Exit.fail(error)
    this.over()
  }

  /**
   * Drops the buffered bytes. The waiting fiber and every later receive fail with `Closed`. A receive that has already
   * been granted its bytes still returns them.
   */
  close(): void {
    this.state = "Closed"
    if (this.owner === anotherReader) this.giveBack()
    const drop = () => {
      if (!this.isGranted || this.isFree) this.queue.clear()
    }
    drop()
    // A granted receive consumes its bytes within one turn of the event loop. If its fiber has been interrupted, it
    // never does, and `drop` then drops the bytes.
    if (this.isGranted) this.host.later(drop)
    this.over()
  }

  /** True if no more bytes will arrive. */
  get isOver(): boolean {
    return this.state !== "Open"
  }

  get isClosed(): boolean {
    return this.state === "Closed"
  }

  /** True if the waiting fiber can continue: enough bytes are buffered, or no more bytes will arrive. */
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
      if (!this.claim(fiber, status, observer)) return this.taken(attempt)
      if (this.state === "Closed") return this.release(Exit.fail(this.host.recvError("Closed")))
      if (this.size > 0) return this.grantBytes(bufsize)
      if (this.state === "Ended") {
        const end = this.release(theEnd)
        observer?.ended()
        return end
      }
      if (this.state === "Failed") return this.release(this.failure!)
      // One byte is enough, so `recv` waits at most once: there is no earlier wait whose begin could be passed on.
      if (timeouts !== undefined) return this.watchFor(1).park(timeouts, fiber, undefined, () => attempt)
      this.turn = "Recv"
      this.count = bufsize
      return this.park(1, attempt)
    })
    return attempt
  }

  /**
   * Receives with a step. `begun` is the time when this receive began to wait. It is set only if the receive has
   * already waited.
   */
  recvWith<A, E>(
    step: Step<A, E>,
    timeouts?: SocketTimeouts,
    observer?: RecvObserver,
    begun?: number
  ): Effect.Effect<A, E | RecvError> {
    const attempt: Effect.Effect<A, E | RecvError> = Effect.withFiberRuntime((fiber, status) => {
      if (!this.claim(fiber, status, observer)) return this.taken(attempt)
      if (this.state === "Closed") return this.release(Exit.fail(this.host.recvError("Closed")))
      let instruction: Instruction<A, E>
      try {
        instruction = this.run(step, observer)
      } catch (defect) {
        return this.release(Exit.die(defect))
      }
      switch (instruction._tag) {
        case "Take":
          return this.grantStep(instruction.bytes, instruction.value)
        case "Fail":
          this.giveBack()
          if (this.foundEnd) observer?.ended()
          return Exit.fail(this.host.stepError(instruction.error))
        case "More": {
          if (this.state === "Failed") return this.release(this.failure!)
          const { atLeast } = instruction
          if (this.state === "Ended" || !(atLeast >= 0)) {
            const why = this.state === "Ended" ? "more after the end of the stream" : `at least ${atLeast} bytes`
            return this.release(Exit.die(new Error(`a step must not ask for ${why}`)))
          }
          // Waits for at least one new byte. A step that asks only for bytes that are already buffered would run again
          // forever.
          const bytes = Math.max(atLeast, this.queue.size + 1)
          return timeouts === undefined
            ? this.park(bytes, attempt)
            : this.watchFor(bytes).park(timeouts, fiber, begun, since => this.recvWith(step, timeouts, observer, since))
        }
      }
    })
    return attempt
  }

  /**
   * Runs the step and sets `foundEnd`. If there is an observer and the stream has ended, first runs the step with
   * `ended` false. If the step then asks for more bytes, it needs the end. A step is pure, so a second run does no
   * harm.
   */
  private run<A, E>(step: Step<A, E>, observer: RecvObserver | undefined): Instruction<A, E> {
    const view = this.queue.view()
    const offset = this.received - this.queue.size
    this.foundEnd = this.state === "Ended"
    if (this.foundEnd && observer !== undefined) {
      const instruction = step(view, false, offset)
      this.foundEnd = instruction._tag === "More"
      if (!this.foundEnd) return instruction
    }
    return step(view, this.state === "Ended", offset)
  }

  private grantBytes(bufsize: number): Receive {
    this.turn = "RecvGranted"
    this.count = bufsize
    return this.committing as Receive
  }

  private grantStep<A>(bytes: number, value: A): Effect.Effect<A> {
    if (!(Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= this.queue.size)) {
      return this.release(Exit.die(new Error(`a step must take 0 to ${this.queue.size} bytes, not ${bytes}`)))
    }
    this.turn = "StepGranted"
    this.count = bytes
    this.value = value
    return this.committing as Effect.Effect<A>
  }

  /**
   * The effect that consumes the granted bytes. It returns these bytes, or the value of the step. `Effect.sync` passes
   * its value on in the same fiber step. So no yield and no interruption can come between consuming and returning. With
   * an Exit in place of `Effect.sync`, a yield could come between them.
   * See docs/DECISIONS.md#receives-commit-in-one-step.
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
    try {
      if (observer !== undefined) this.tell(count, observer)
    } finally {
      this.queue.drop(count)
      this.committed()
    }
    return value
  }

  private tell(bytes: number, observer: RecvObserver): void {
    if (bytes > 0) observer.received(this.queue.view().subarray(0, bytes))
    if (this.foundEnd) observer.ended()
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

  /** Gives the turn to this fiber, which may already have it. Returns false if another fiber has the turn. */
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

  /**
   * True if no fiber has the turn. If the owner was interruptible when it took the turn, an interruption takes the turn
   * away.
   */
  private get isFree(): boolean {
    const { owner } = this
    return owner === undefined || (this.ownerInterruptible && isInterrupted(owner))
  }

  /**
   * Called when another fiber, the owner, has the turn. If the owner is interruptible and has been interrupted, makes
   * another attempt. Otherwise fails with `Busy`. The owner may not have read the message of its interruption yet. So
   * this function waits for `owner.status`, which answers after the owner has read its messages.
   */
  private taken<A, E>(attempt: Effect.Effect<A, E>): Effect.Effect<A, E | RecvError> {
    const { owner, ownerInterruptible } = this
    const busy = Exit.fail(this.host.recvError("Busy"))
    return owner === undefined || !ownerInterruptible
      ? busy
      : Effect.flatMap(owner.status, (): Effect.Effect<A, E | RecvError> => (isInterrupted(owner) ? attempt : busy))
  }

  private release<A, E>(exit: Exit.Exit<A, E>): Exit.Exit<A, E> {
    this.giveBack()
    return exit
  }

  /**
   * Waits until this many bytes are buffered or no more bytes will arrive, then runs `attempt` or what `wake` grants.
   */
  private park<A, E>(bytes: number, attempt: Effect.Effect<A, E>): Effect.Effect<A, E> {
    this.demand(bytes)
    this.next = attempt
    this.parked ??= Effect.async(resume => {
      if (this.isReady) resume(this.next)
      else this.waiter = resume
    })
    return this.parked as Effect.Effect<A, E>
  }

  /** Records that the receive needs this many bytes. Returns the `ReceiveWatch`, with which the receive waits. */
  private watchFor(bytes: number): ReceiveWatch {
    this.demand(bytes)
    this.watch ??= new ReceiveWatch(this, callback => this.host.later(callback))
    return this.watch
  }

  private demand(bytes: number): void {
    this.needed = bytes
    if (this.paused) this.flow()
  }

  /** Fails the waiting fiber with `TimedOut`. */
  timeOut(by: TimedOutBy, timeout: number): void {
    const goOn = this.waiter
    this.waiter = undefined
    goOn?.(this.release(Exit.fail(this.host.recvTimedOut(by, timeout))))
  }

  private wake(): void {
    const goOn = this.waiter
    if (goOn !== undefined && this.isReady) {
      this.waiter = undefined
      // A `recv` without timeouts is granted its bytes here, because another attempt would have the same result.
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
