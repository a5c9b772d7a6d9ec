/**
 * What a `Transport` is on every network: the one buffer, the one queue of senders, and a close that is asked for once
 * and waited for by many. It is itself what buffer and queue are attached to: an object for each of them would be much
 * of what an idle connection costs, and so would effects that are made before anybody wants them.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as SocketAddress from "../../SocketAddress.ts"
import { RecvError, SendError, type TimedOutBy } from "../../SocketError.ts"
import { recvReason, sendReason } from "../error/reasons.ts"
import { ReceiveBuffer } from "../receive/buffer.ts"
import type { Source } from "../receive/source.ts"
import type { Step } from "../receive/step.ts"
import { SendQueue } from "../send/queue.ts"
import type { Buffers, Sink } from "../send/sink.ts"
import type { SocketTimeouts } from "../waiting/timeouts.ts"
import { Waiters } from "../waiting/waiters.ts"
import type { Stats, Transport } from "./transport.ts"

export abstract class StreamTransport implements Transport, Source, Sink {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  readonly highWaterMark: number
  protected readonly buffer: ReceiveBuffer
  protected readonly queue: SendQueue
  /** How it is to end, once it has been asked to. */
  protected closing: "end" | "reset" | undefined
  /** The descriptor is closed. */
  protected gone = false
  private closeWaiters: Waiters | undefined

  constructor(localAddress: SocketAddress.Resolved, remoteAddress: SocketAddress.Resolved, highWaterMark: number) {
    this.localAddress = localAddress
    this.remoteAddress = remoteAddress
    this.highWaterMark = highWaterMark
    this.buffer = new ReceiveBuffer(this)
    this.queue = new SendQueue(this)
  }

  /** Holds back what comes, or lets it come. */
  protected abstract hold(held: boolean): void

  /** Has begun to close, and is to flush, end and let go. Whoever waits has been woken. */
  protected abstract beginClose(): void

  /** Has begun to reset. */
  protected abstract beginAbort(): void

  /** The close that has begun has nothing left to flush. */
  abstract flushed(): void

  /** Handed over, and not taken. */
  protected abstract readonly bytesInFlight: number

  abstract write(buffers: Buffers): boolean
  abstract end(): void
  abstract later(callback: () => void): void
  recycle(_chunk: Uint8Array): void {}

  recv(bufsize: number, timeouts?: SocketTimeouts) {
    return this.buffer.recv(bufsize, timeouts)
  }

  recvWith<A, E>(step: Step<A, E>, timeouts?: SocketTimeouts) {
    return this.buffer.recvWith(step, timeouts)
  }

  sendAll(bytes: Buffers, timeouts?: SocketTimeouts) {
    return this.queue.sendAll(bytes, timeouts)
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
      bytesUnsent: this.queue.bytesWaiting + this.bytesInFlight
    }))
  }

  get close(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.closing === undefined) {
        this.closing = "end"
        this.refuse()
        this.beginClose()
      }
      return this.closed
    })
  }

  get abort(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.closing = "reset"
      this.refuse()
      this.beginAbort()
      return this.closed
    })
  }

  pause(): void {
    this.hold(true)
  }

  resume(): void {
    this.hold(false)
  }

  recvError(reason: RecvError["reason"], bufsize?: unknown): RecvError {
    const { localAddress, remoteAddress } = this
    return new RecvError({ reason, localAddress, remoteAddress, bufsize })
  }

  sendError(reason: SendError["reason"], bytesRequested: number, bytesAccepted = 0): SendError {
    const { localAddress, remoteAddress } = this
    return new SendError({ reason, localAddress, remoteAddress, bytesRequested, bytesAccepted })
  }

  recvTimedOut(by: TimedOutBy, limit: number): RecvError {
    const { localAddress, remoteAddress } = this
    return new RecvError({ reason: "TimedOut", localAddress, remoteAddress, by, limit: Duration.millis(limit) })
  }

  sendTimedOut(limit: number, bytesRequested: number, bytesAccepted: number): SendError {
    const { localAddress, remoteAddress } = this
    const by = "sendTimeout"
    const peer = { localAddress, remoteAddress, by, limit: Duration.millis(limit) } as const
    return new SendError({ reason: "TimedOut", ...peer, bytesRequested, bytesAccepted })
  }

  /** The connection broke: what has come can still be received, beyond it there is nothing. */
  protected breakWith(code: string | undefined, cause?: unknown): void {
    const { localAddress, remoteAddress } = this
    const peer = { localAddress, remoteAddress, code, cause }
    const received = recvReason(code)
    this.buffer.fail(new RecvError({ reason: received, ...peer, by: received === "TimedOut" ? "kernel" : undefined }))
    const reason = sendReason(code)
    const by = reason === "TimedOut" ? ("kernel" as const) : undefined
    this.queue.fail(
      (bytesRequested, bytesAccepted = 0) => new SendError({ reason, ...peer, by, bytesRequested, bytesAccepted })
    )
  }

  /** The descriptor has been closed. */
  protected letGo(): void {
    this.gone = true
    this.queue.abandon()
    this.closeWaiters?.wake(Exit.void)
  }

  private refuse(): void {
    this.buffer.close()
    this.queue.close()
  }

  private get closed(): Effect.Effect<void> {
    if (this.gone) return Effect.void
    this.closeWaiters ??= new Waiters()
    return this.closeWaiters.wait(() => (this.gone ? Exit.void : undefined))
  }
}
