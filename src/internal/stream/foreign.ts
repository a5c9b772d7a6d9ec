/**
 * Adapts a wire that a user wrote (`Socket.fromWire`). It copies chunks that are not safe to keep, turns exceptions of
 * the wire into failures of the connection, and supplies the optional members that the wire leaves out.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as SocketAddress from "../../SocketAddress.ts"
import { owned } from "../receive/index.ts"
import { type Buffers, bytesIn } from "../send/index.ts"
import { afterTurn, liveClock } from "../waiting/index.ts"
import type { Failure, Feed, FullWire, Wire } from "./wire.ts"

/** Sleeps by the live Clock, not by the Clock of the program: a connection must close under a TestClock too. */
const afterLive = (millis: number, callback: () => void): (() => void) => {
  const fiber = Effect.runFork(Effect.zipRight(liveClock.sleep(Duration.millis(millis)), Effect.sync(callback)))
  return () => fiber.unsafeInterruptAsFork(FiberId.none)
}

/** The feed that a foreign wire reports to. It ignores reports that contradict earlier ones. */
class ForeignFeed implements Feed {
  private readonly feed: Feed
  /** `Opening`: the wire has no socket yet. `Ended`: no more bytes may arrive. `Failed`: nothing may be sent either. */
  state: "Opening" | "Open" | "Ended" | "Failed" | "Closed" = "Opening"
  /**
   * The last `write`. In `Running`, the wire is in the call: if it calls `drained`, the state is `Taken`. In `Owed`, the
   * call has returned false, so the wire has to call `drained`.
   */
  write: "Running" | "Owed" | "Taken" = "Taken"
  /** The sending half: `Ending` from `end` of the wire until its `finished`. */
  sending: "Open" | "Ending" | "Finished" = "Open"

  constructor(feed: Feed) {
    this.feed = feed
  }

  push(chunk: Uint8Array): void {
    this.check("push")
    if (this.state === "Open") this.feed.push(owned(chunk))
  }

  end(): void {
    this.check("end")
    if (this.state !== "Open") return
    this.state = "Ended"
    this.feed.end()
  }

  fail(failure: Failure): void {
    this.check("fail")
    if (this.state === "Failed" || this.state === "Closed") return
    this.state = "Failed"
    this.feed.fail(failure)
  }

  /** The call of the wire's `write` has returned. Returns whether the wire has taken the buffers. */
  wrote(): boolean {
    if (this.write === "Running") this.write = "Owed"
    return this.write === "Taken"
  }

  drained(): void {
    const { write } = this
    this.write = "Taken"
    if (write === "Owed" && this.state !== "Closed") this.feed.drained()
  }

  finished(): void {
    if (this.sending !== "Ending" || this.state === "Closed") return
    this.sending = "Finished"
    this.feed.finished()
  }

  closed(): void {
    this.check("closed")
    if (this.state === "Closed") return
    this.state = "Closed"
    // A wire that closes without `end` or `fail` was cut off. After an end or a failure this call has no effect.
    this.feed.fail({ reason: "Reset" })
    this.feed.closed()
  }

  /** The socket does not exist yet, so a report would be lost. */
  private check(report: string): void {
    if (this.state === "Opening") throw new TypeError(`a wire called feed.${report} before the socket called resume`)
  }
}

class ForeignWire implements FullWire {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  private readonly wire: Wire
  private readonly feed: ForeignFeed
  private lastWrite = 0

  constructor(wire: Wire, feed: ForeignFeed) {
    this.wire = wire
    this.feed = feed
    this.localAddress = wire.localAddress
    this.remoteAddress = wire.remoteAddress
  }

  resume(): void {
    if (this.feed.state === "Opening") this.feed.state = "Open"
    this.guarded(() => this.wire.resume())
  }

  pause(): void {
    this.guarded(() => this.wire.pause())
  }

  write(buffers: Buffers): boolean {
    const { feed } = this
    this.lastWrite = bytesIn(buffers)
    feed.write = "Running"
    this.guarded(() => {
      if (this.wire.write(buffers)) feed.write = "Taken"
    })
    return feed.wrote()
  }

  end(): void {
    this.feed.sending = "Ending"
    this.guarded(() => this.wire.end())
  }

  close(): void {
    this.guarded(() => this.wire.close())
  }

  destroy(reset: boolean): void {
    this.guarded(() => this.wire.destroy(reset))
    // The connection is gone now, even if the wire does not call `closed`.
    this.feed.closed()
  }

  discard(): void {
    this.guarded(() => (this.wire.discard === undefined ? this.wire.resume() : this.wire.discard()))
  }

  recycle(chunk: Uint8Array): void {
    if (this.wire.recycle !== undefined) this.guarded(() => this.wire.recycle?.(chunk))
  }

  get bytesUnsent(): number {
    let unsent: number | undefined
    this.guarded(() => {
      unsent = this.wire.bytesUnsent
    })
    return unsent ?? this.lastWrite
  }

  later(callback: () => void): void {
    const isCalled = this.wire.later !== undefined && this.guarded(() => this.wire.later?.(callback))
    if (!isCalled) afterTurn(callback)
  }

  after(millis: number, callback: () => void): () => void {
    let cancel: (() => void) | undefined
    this.guarded(() => {
      cancel = this.wire.after?.(millis, callback)
    })
    return cancel ?? afterLive(millis, callback)
  }

  /** Runs a member of the wire. If it throws, the connection fails. Returns whether it has run without an error. */
  private guarded(run: () => void): boolean {
    if (this.feed.state === "Closed") return false
    try {
      run()
      return true
    } catch (cause) {
      this.feed.fail({ reason: "Unknown", cause })
      return false
    }
  }
}

/** Adapts the function that opens a foreign wire. */
export const foreign =
  (open: (feed: Feed) => Wire) =>
  (feed: Feed): FullWire => {
    const guardedFeed = new ForeignFeed(feed)
    return new ForeignWire(open(guardedFeed), guardedFeed)
  }
