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

/** The feed that a foreign wire reports to. */
class ForeignFeed implements Feed {
  private readonly feed: Feed
  isClosed = false
  /** True during a `write`. If the wire calls `drained` then, `hasDrained` is set, and the write has taken the buffers. */
  isWriting = false
  hasDrained = false

  constructor(feed: Feed) {
    this.feed = feed
  }

  push(chunk: Uint8Array): void {
    if (!this.isClosed) this.feed.push(owned(chunk))
  }

  end(): void {
    if (!this.isClosed) this.feed.end()
  }

  fail(failure: Failure): void {
    if (!this.isClosed) this.feed.fail(failure)
  }

  drained(): void {
    if (this.isWriting) this.hasDrained = true
    else if (!this.isClosed) this.feed.drained()
  }

  finished(): void {
    if (!this.isClosed) this.feed.finished()
  }

  closed(): void {
    if (this.isClosed) return
    this.isClosed = true
    // A wire that closes without `end` or `fail` was cut off. After an end or a failure this call has no effect.
    this.feed.fail({ reason: "Reset" })
    this.feed.closed()
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
    this.guarded(() => this.wire.resume())
  }

  pause(): void {
    this.guarded(() => this.wire.pause())
  }

  write(buffers: Buffers): boolean {
    const { feed } = this
    this.lastWrite = bytesIn(buffers)
    let isTaken = false
    feed.isWriting = true
    feed.hasDrained = false
    this.guarded(() => {
      isTaken = this.wire.write(buffers)
    })
    feed.isWriting = false
    return isTaken || feed.hasDrained
  }

  end(): void {
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
    this.wire.recycle?.(chunk)
  }

  get bytesUnsent(): number {
    return this.wire.bytesUnsent ?? this.lastWrite
  }

  later(callback: () => void): void {
    if (this.wire.later === undefined) afterTurn(callback)
    else this.wire.later(callback)
  }

  after(millis: number, callback: () => void): () => void {
    return this.wire.after === undefined ? afterLive(millis, callback) : this.wire.after(millis, callback)
  }

  /** Runs a member of the wire. If it throws, the connection fails. */
  private guarded(run: () => void): void {
    if (this.feed.isClosed) return
    try {
      run()
    } catch (cause) {
      this.feed.fail({ reason: "Unknown", cause })
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
