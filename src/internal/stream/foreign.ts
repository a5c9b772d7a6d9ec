/**
 * Adapts a wire that a user wrote (`Socket.fromWire`). Copies chunks that are not safe to keep, turns exceptions of the
 * wire into failures of the connection, and supplies the optional members that the wire leaves out.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as SocketAddress from "../../SocketAddress.ts"
import { owned } from "../receive/index.ts"
import { type Buffers, bytesIn, isBytes } from "../send/index.ts"
import { printable } from "../text/index.ts"
import { afterTurn, liveClock } from "../waiting/index.ts"
import type { Failure, Feed, FullWire, Wire } from "./wire.ts"

/**
 * Calls the callback after `millis` milliseconds of the live Clock. Returns a function that cancels the call. The Clock
 * of the program is not used: a TestClock stands still, and the connection must close even then.
 */
const afterLive = (millis: number, callback: () => void): (() => void) => {
  const fiber = Effect.runFork(Effect.zipRight(liveClock.sleep(Duration.millis(millis)), Effect.sync(callback)))
  return () => fiber.unsafeInterruptAsFork(FiberId.none)
}

/** The feed that the wire of a user reports to. It ignores a report that contradicts an earlier report. */
class ForeignFeed implements Feed {
  private readonly feed: Feed
  /**
   * `Opening`: the socket has not called `resume` yet. `Open`: the socket has called `resume`, and the wire has
   * reported no end, failure or close. `Ended`, `Failed`, `Closed`: the last of these reports.
   */
  state: "Opening" | "Open" | "Ended" | "Failed" | "Closed" = "Opening"
  /**
   * The last `write`. `Running`: the call has not returned. `Owed`: the call has returned false, so the wire must call
   * `drained`. `Taken`: the call has returned true, or the wire has called `drained`.
   */
  write: "Running" | "Owed" | "Taken" = "Taken"
  /** The sending half. `Ending`: the socket has called the wire's `end`, and the wire has not called `finished` yet. */
  sending: "Open" | "Ending" | "Finished" = "Open"

  constructor(feed: Feed) {
    this.feed = feed
  }

  push(chunk: Uint8Array): void {
    this.check("push")
    if (this.state !== "Open") return
    if (isBytes(chunk)) this.feed.push(owned(chunk))
    else this.fail({ reason: "Unknown", cause: new TypeError(`feed.push needs a Uint8Array, not ${printable(chunk)}`) })
  }

  end(): void {
    this.check("end")
    if (this.state !== "Open") return
    this.state = "Ended"
    this.feed.end()
  }

  fail(failure: Failure = {}): void {
    this.check("fail")
    if (this.state === "Failed" || this.state === "Closed") return
    this.state = "Failed"
    this.feed.fail(failure)
  }

  /** Called when the wire's `write` has returned. Returns true if the wire has taken the buffers. */
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
    // If the wire has reported neither an end nor a failure, this close counts as a reset. After an end, this call
    // fails only the sends. After a failure, this call has no effect.
    this.feed.fail({ reason: "Reset" })
    this.feed.closed()
  }

  /** Throws if the socket has not called `resume`. The socket may not exist yet, so the report would be lost. */
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
    // The connection is now gone, even if the wire does not call `closed`.
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

  /**
   * Runs a member of the wire. Returns true if the member did not throw. If it throws, the connection fails. After the
   * wire has reported `closed`, does not run the member and returns false.
   */
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
