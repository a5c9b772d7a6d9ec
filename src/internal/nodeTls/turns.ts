/**
 * Node's TLS finishes its work in later turns of the event loop. In a simulation, virtual time has to wait for it.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"
import { holdOf } from "../waiting/index.ts"

/** After this many turns without a call, Node's TLS has nothing left to do. */
const enough = 4

/** Holds the time of the runtime while Node's TLS works. */
export class Turns {
  private readonly runtime: Runtime.Runtime<never>
  private readonly hold: (() => () => void) | undefined
  private left = 0

  constructor(runtime: Runtime.Runtime<never>) {
    this.runtime = runtime
    this.hold = holdOf(runtime)
  }

  /** Call when Node's TLS has been called, or has called. */
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

  /** By virtual time in a simulation, and by real time otherwise: a connection must close under a TestClock too. */
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

/** In milliseconds. Node fires a longer timer at once. */
const longestTimer = 2 ** 31 - 1
