/**
 * A connection on a wire: the receive buffer, the send queue, and a close that runs once. Any number of fibers can wait
 * for the close.
 *
 * To save memory in idle connections, the class is itself the host of the buffer and of the queue, and makes each
 * effect only when the effect is first needed.
 * See docs/DECISIONS.md#the-lower-interface-is-a-wire.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as SocketAddress from "../../SocketAddress.ts"
import { RecvError, SendError, type TimedOutBy, UnexpectedEnd } from "../../SocketError.ts"
import { recvReason, sendReason } from "../error/index.ts"
import { count, millis } from "../option/index.ts"
import { ReceiveBuffer, type ReceiveHost, type RecvObserver, type Step } from "../receive/index.ts"
import { type Buffers, type SendHost, type SendObserver, SendQueue } from "../send/index.ts"
import { type SocketTimeouts, Waiters } from "../waiting/index.ts"
import { type Connection, type Stats, TransportTypeId } from "./transport.ts"
import type { Failure, Feed, FullWire, WireOptions } from "./wire.ts"

/** The options of a connection, with defaults filled in. */
export interface ConnectionSettings {
  /** In bytes. When this many received bytes are buffered and no receive waits for more, reading pauses. */
  readonly highWaterMark: number
  /** In milliseconds: how long a close may take before the connection is destroyed. */
  readonly closeTimeout: number
}

/** Decoded once here, because otherwise each connection would parse the text. */
const defaultCloseTimeout = Duration.decode("1 second")

export const settingsOf = (options: WireOptions | undefined): ConnectionSettings => ({
  highWaterMark: count("highWaterMark", options?.highWaterMark, 128 * 1024, 1),
  closeTimeout: millis("closeTimeout", options?.closeTimeout, defaultCloseTimeout)
})

/** Takes what arrives on a connection, in place of the receive buffer. */
export interface Tap {
  /** Bytes have arrived. They are valid only during the call. */
  received(bytes: Uint8Array): void
  /** The peer has ended its half. */
  ended(): void
  failed(failure: Failure): void
}

export class WireTransport implements Connection, Feed, ReceiveHost, SendHost {
  readonly [TransportTypeId]: typeof TransportTypeId = TransportTypeId
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  readonly highWaterMark: number
  private readonly closeTimeout: number
  private readonly wire: FullWire
  private readonly buffer: ReceiveBuffer
  private readonly queue: SendQueue
  /**
   * `Closing`: a close waits for the send in flight, or for the wire to close. `Destroying`: `destroy` of the wire was
   * called. `Gone`: the wire has called `closed`.
   */
  private state: "Open" | "Closing" | "Destroying" | "Gone" = "Open"
  /** True if the wire has called `fail`. */
  private broken = false
  private tap: Tap | undefined
  private cancelTimeout: (() => void) | undefined
  private closeWaiters: Waiters | undefined

  /** `open` receives the feed and returns the wire. The constructor then calls `resume` of the wire. */
  constructor(open: (feed: Feed) => FullWire, { closeTimeout, highWaterMark }: ConnectionSettings) {
    this.highWaterMark = highWaterMark
    this.closeTimeout = closeTimeout
    this.buffer = new ReceiveBuffer(this)
    this.queue = new SendQueue(this)
    this.wire = open(this)
    this.localAddress = this.wire.localAddress
    this.remoteAddress = this.wire.remoteAddress
    this.wire.resume()
  }

  // The members of `Connection`, which a socket calls.

  recv(bufsize: number, timeouts?: SocketTimeouts, observer?: RecvObserver) {
    return this.buffer.recv(bufsize, timeouts, observer)
  }

  recvWith<A, E>(step: Step<A, E>, timeouts?: SocketTimeouts, observer?: RecvObserver) {
    return this.buffer.recvWith(step, timeouts, observer)
  }

  sendAll(buffers: Buffers, timeouts?: SocketTimeouts, observer?: SendObserver) {
    return this.queue.sendAll(buffers, timeouts, observer)
  }

  /** Sends without a fiber if it can. Returns the result, or the effect that waits for it. */
  beginSend(buffers: Buffers): Effect.Effect<void, SendError> {
    return this.queue.begin(buffers)
  }

  get shutdownSend() {
    return this.queue.shutdownSend
  }

  get awaitEnd() {
    return this.buffer.awaitEnd
  }

  get stats(): Effect.Effect<Stats> {
    return Effect.sync(() => ({
      bytesReceived: this.buffer.received,
      bytesBuffered: this.buffer.size,
      bytesSent: this.queue.sent,
      bytesUnsent: this.queue.bytesWaiting + (this.queue.isFlushing ? this.wire.bytesUnsent : 0)
    }))
  }

  get close(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!this.buffer.isClosed) {
        this.refuse()
        if (this.state === "Open") this.beginClose()
      }
      return this.whenGone
    })
  }

  get abort(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.cut()
      return this.whenGone
    })
  }

  // The members of `Feed`, which the wire calls.

  push(chunk: Uint8Array): void {
    if (this.tap === undefined) this.buffer.push(chunk)
    else if (!this.buffer.isClosed) {
      this.buffer.passed(chunk.length)
      this.tap.received(chunk)
      this.wire.recycle(chunk)
    }
  }

  end(): void {
    this.buffer.end()
    this.tap?.ended()
  }

  /**
   * Gives everything that arrives to a tap, first the bytes that are buffered. From now on, the caller uses `pause` and
   * `resume`, and nobody receives. Returns false if there is a tap already, if a receive has the turn, or if no more
   * bytes will arrive.
   */
  divert(tap: Tap): boolean {
    if (this.tap !== undefined || this.buffer.isOver) return false
    const bytes = this.buffer.handOver()
    if (bytes === undefined) return false
    this.tap = tap
    if (bytes.length > 0) tap.received(bytes)
    return true
  }

  /** The wire, if it works and has no send in flight. After `divert`, a tap may use the wire itself. */
  get idleWire(): FullWire | undefined {
    const isIdle = this.state === "Open" && !this.broken && !this.queue.isFlushing && this.queue.bytesWaiting === 0
    return isIdle ? this.wire : undefined
  }

  fail(failure: Failure): void {
    const { cause, code, reason } = failure
    const { localAddress, remoteAddress } = this
    const peer = { localAddress, remoteAddress, code, cause }
    this.broken = true
    const received = reason ?? recvReason(code)
    this.buffer.fail(new RecvError({ reason: received, ...peer, by: received === "TimedOut" ? "kernel" : undefined }))
    const sent = reason === "Truncated" ? "BrokenPipe" : (reason ?? sendReason(code))
    const by = sent === "TimedOut" ? ("kernel" as const) : undefined
    this.queue.fail(
      (bytesRequested, bytesAccepted = 0) => new SendError({ reason: sent, ...peer, by, bytesRequested, bytesAccepted })
    )
    this.tap?.failed(failure)
    if (this.state === "Closing") this.destroy(false)
  }

  drained(): void {
    this.queue.drained()
  }

  finished(): void {
    this.queue.finished()
  }

  closed(): void {
    if (this.state === "Gone") return
    this.state = "Gone"
    this.cancelTimeout?.()
    this.queue.abandon()
    this.closeWaiters?.wake(Exit.void)
  }

  // The members of `ReceiveHost` and `SendHost`, which the receive buffer and the send queue call.

  pause(): void {
    this.wire.pause()
  }

  resume(): void {
    this.wire.resume()
  }

  recycle(chunk: Uint8Array): void {
    this.wire.recycle(chunk)
  }

  later(callback: () => void): void {
    this.wire.later(callback)
  }

  write(buffers: Buffers): boolean {
    return this.wire.write(buffers)
  }

  shutdown(): void {
    this.wire.end()
  }

  cut(): void {
    this.refuse()
    if (this.state === "Open" || this.state === "Closing") this.destroy(true)
  }

  flushed(): void {
    if (this.state === "Closing") this.wire.close()
  }

  recvError(reason: RecvError["reason"], bufsize?: unknown): RecvError {
    const { localAddress, remoteAddress } = this
    return new RecvError({ reason, localAddress, remoteAddress, bufsize })
  }

  sendError(reason: SendError["reason"], bytesRequested: number, bytesAccepted = 0): SendError {
    const { localAddress, remoteAddress } = this
    return new SendError({ reason, localAddress, remoteAddress, bytesRequested, bytesAccepted })
  }

  recvTimedOut(by: TimedOutBy, timeout: number): RecvError {
    const { localAddress, remoteAddress } = this
    return new RecvError({ reason: "TimedOut", localAddress, remoteAddress, by, timeout: Duration.millis(timeout) })
  }

  stepError<E>(error: E): E {
    if (!(error instanceof UnexpectedEnd)) return error
    const { localAddress, remoteAddress } = this
    const { available, expected } = error
    return new UnexpectedEnd({ expected, available, localAddress, remoteAddress }) as E & UnexpectedEnd
  }

  sendTimedOut(by: TimedOutBy, timeout: number, bytesRequested: number, bytesAccepted: number): SendError {
    const { localAddress, remoteAddress } = this
    const waited = { by, timeout: Duration.millis(timeout) }
    return new SendError({ reason: "TimedOut", localAddress, remoteAddress, ...waited, bytesRequested, bytesAccepted })
  }

  /** Fails every waiting receive, every unfinished send, and every later receive and send, with `Closed`. */
  private refuse(): void {
    this.buffer.close()
    this.queue.close()
    this.tap?.failed({ code: "ERR_SOCKET_CLOSED" })
  }

  private beginClose(): void {
    this.state = "Closing"
    if (this.broken) this.destroy(false)
    else if (this.queue.isFlushing) this.wire.discard()
    else this.wire.close()
    this.timeClose()
  }

  private destroy(reset: boolean): void {
    this.state = "Destroying"
    this.wire.destroy(reset)
  }

  /**
   * Limits the time of a close, because the peer may never read. If a send is unfinished after `closeTimeout`, resets
   * the connection. Without a reset, the peer could take a part of a message for the whole.
   * See docs/DECISIONS.md#close-finishes-the-send-in-flight.
   */
  private timeClose(): void {
    if (this.state !== "Closing" || this.closeTimeout === Number.POSITIVE_INFINITY) return
    const end = () => {
      if (this.state === "Closing") this.destroy(this.queue.isFlushing)
    }
    // `end` runs one turn of the event loop later. If the process was busy, the event that the wire has taken the send
    // may not have run yet.
    this.cancelTimeout = this.wire.after(this.closeTimeout, () => this.wire.later(end))
  }

  private get whenGone(): Effect.Effect<void> {
    if (this.state === "Gone") return Effect.void
    this.closeWaiters ??= new Waiters()
    return this.closeWaiters.wait(() => (this.state === "Gone" ? Exit.void : undefined))
  }
}
