/**
 * An end of a simulated connection as a `Transport`, on the buffer and the queue that the real one has.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import { RecvError, SendError } from "../../SocketError.ts"
import type { StreamOptions } from "../driver.ts"
import { recvReason, sendReason } from "../reasons.ts"
import { ReceiveBuffer } from "../receiveBuffer.ts"
import { SendQueue } from "../sendQueue.ts"
import type { Endpoint } from "./endpoint.ts"
import type { Cancel, Timeline } from "./timeline.ts"

export class SimulatedTransport implements Socket.Transport {
  readonly localAddress: SocketAddress.Inet | SocketAddress.Unix
  readonly remoteAddress: SocketAddress.Inet | SocketAddress.Unix
  private readonly endpoint: Endpoint
  private readonly timeline: Timeline
  private readonly closeGrace: number
  private readonly buffer: ReceiveBuffer
  private readonly queue: SendQueue
  private closing: "end" | "reset" | undefined
  private gone = false
  private readonly closeWaiters = new Set<(effect: Effect.Effect<void>) => void>()
  private cancelGrace: Cancel | undefined

  constructor(endpoint: Endpoint, timeline: Timeline, options: StreamOptions) {
    const { localAddress, remoteAddress } = endpoint
    this.endpoint = endpoint
    this.timeline = timeline
    this.closeGrace = options.closeGrace
    this.localAddress = localAddress
    this.remoteAddress = remoteAddress
    this.buffer = new ReceiveBuffer({
      highWaterMark: options.highWaterMark,
      pause: () => endpoint.hold(true),
      resume: () => endpoint.hold(false),
      error: (reason, bufsize) => new RecvError({ reason, localAddress, remoteAddress, bufsize })
    })
    this.queue = new SendQueue({
      write: buffers => endpoint.write(buffers),
      end: () => {
        endpoint.end()
        this.queue.finished()
      },
      later: callback => timeline.soon(callback),
      error: (reason, bytesRequested) =>
        new SendError({ reason, localAddress, remoteAddress, bytesRequested, bytesAccepted: 0 })
    })
    endpoint.attach({
      push: chunk => this.buffer.push(chunk),
      end: () => this.buffer.end(),
      broken: code => this.broken(code),
      drained: () => {
        this.queue.drained()
        if (this.closing !== undefined) this.finish()
      }
    })
  }

  recv(bufsize: number) {
    return this.buffer.recv(bufsize)
  }

  receive<A, E>(step: Socket.Step<A, E>) {
    return this.buffer.receive(step)
  }

  sendAll(bytes: Uint8Array | ReadonlyArray<Uint8Array>) {
    return this.queue.sendAll(bytes)
  }

  get shutdownSend() {
    return this.queue.shutdownSend
  }

  get awaitEnd() {
    return this.buffer.awaitEnd
  }

  readonly stats = Effect.sync(
    (): Socket.Stats => ({
      bytesReceived: this.buffer.received,
      bytesBuffered: this.buffer.size,
      bytesSent: this.queue.sent,
      bytesUnsent: this.queue.bytesWaiting + this.endpoint.bytesUnsent
    })
  )

  readonly close = Effect.suspend(() => {
    if (this.closing === undefined) this.beginClose()
    return this.closed
  })

  readonly abort = Effect.suspend(() => {
    this.closing = "reset"
    this.refuse()
    this.letGo()
    return this.closed
  })

  private readonly closed = Effect.async<void>(resume => {
    if (this.gone) {
      resume(Effect.void)
      return
    }
    this.closeWaiters.add(resume)
    return Effect.sync(() => this.closeWaiters.delete(resume))
  })

  private broken(code: "ECONNRESET" | "EPIPE"): void {
    const peer = { localAddress: this.localAddress, remoteAddress: this.remoteAddress, code }
    this.buffer.fail(new RecvError({ reason: recvReason(code), ...peer }))
    this.queue.fail(
      bytesRequested => new SendError({ reason: sendReason(code), ...peer, bytesRequested, bytesAccepted: 0 })
    )
    if (this.closing !== undefined) this.letGo()
  }

  private beginClose(): void {
    this.closing = "end"
    this.refuse()
    // What is still unread would turn our end into a reset: it is read and dropped.
    this.endpoint.discard()
    if (!this.queue.isFlushing) {
      this.finish()
    } else if (Number.isFinite(this.closeGrace)) {
      this.cancelGrace = this.timeline.after(this.closeGrace, () => {
        if (this.queue.isFlushing) this.closing = "reset"
        this.letGo()
      })
    }
  }

  private refuse(): void {
    this.buffer.close()
    this.queue.close()
  }

  /** Nothing is left to flush. What comes with our end, or right after it, is still taken. */
  private finish(): void {
    this.endpoint.end()
    this.timeline.soon(() => this.letGo())
  }

  private letGo(): void {
    if (this.gone) return
    this.gone = true
    this.cancelGrace?.()
    if (this.closing === "reset") {
      this.endpoint.abort()
    } else {
      this.endpoint.close()
    }
    for (const resume of this.closeWaiters) resume(Effect.void)
  }
}
