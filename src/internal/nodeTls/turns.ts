/**
 * Stops the virtual time of a simulation while Node's TLS works. Node's TLS finishes its work in later turns of the
 * event loop, so virtual time must not advance before these turns.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"
import { holdOf } from "../waiting/index.ts"

/** If there was no call to or from Node's TLS in this many turns of the event loop, Node's TLS has no work left. */
const enough = 4

/** Stops virtual time while Node's TLS works, and runs callbacks later. Outside of a simulation, stops nothing. */
export class Turns {
  private readonly runtime: Runtime.Runtime<never>
  private readonly hold: (() => () => void) | undefined
  private left = 0

  constructor(runtime: Runtime.Runtime<never>) {
    this.runtime = runtime
    this.hold = holdOf(runtime)
  }

  /** Stops virtual time for the next turns of the event loop. Called with each call to or from Node's TLS. */
  take(): void {
    if (this.hold === undefined) return
    const isHeld = this.left > 0
    this.left = enough
    if (isHeld) return
    const release = this.hold()
    const next = () => {
      this.left -= 1
      if (this.left > 0) setImmediate(next)
      else release()
    }
    setImmediate(next)
  }

  later(callback: () => void): void {
    if (this.hold === undefined) setImmediate(callback)
    else this.after(0, callback)
  }

  /**
   * Calls `callback` after `millis` of virtual time in a simulation, and of real time otherwise. Ignores a TestClock,
   * so that the timeout of a close also works in a test with a TestClock. Returns a function that stops the timer.
   */
  after(millis: number, callback: () => void): () => void {
    if (this.hold === undefined) {
      const timer = millis <= longestTimer ? setTimeout(callback, millis) : undefined
      return () => clearTimeout(timer)
    }
    const effect = Effect.zipRight(Effect.sleep(Duration.millis(millis)), Effect.sync(callback))
    const fiber = Runtime.runFork(this.runtime)(effect)
    return () => fiber.unsafeInterruptAsFork(FiberId.none)
  }
}

/** The longest delay that Node accepts, in milliseconds. Node would fire a timer with a longer delay after 1 ms. */
const longestTimer = 2 ** 31 - 1
