/**
 * An end of a simulated connection as a `Transport`, on the buffer and the queue that the real one has.
 *
 * @internal
 */
import type { StreamOptions } from "../../connect/driver.ts"
import type { Buffers } from "../../send/sink.ts"
import { StreamTransport } from "../../stream/streamTransport.ts"
import type { Cancel } from "../time/agenda.ts"
import type { Timeline } from "../time/timeline.ts"
import type { Endpoint } from "./endpoint.ts"

export class SimulatedTransport extends StreamTransport {
  private readonly endpoint: Endpoint
  private readonly timeline: Timeline
  private readonly closeTimeout: number
  private cancelGrace: Cancel | undefined

  constructor(endpoint: Endpoint, timeline: Timeline, options: StreamOptions) {
    super(endpoint.localAddress, endpoint.remoteAddress, options.highWaterMark)
    this.endpoint = endpoint
    this.timeline = timeline
    this.closeTimeout = options.closeTimeout
    endpoint.attach({
      push: chunk => this.buffer.push(chunk),
      end: () => this.buffer.end(),
      broken: code => {
        this.breakWith(code)
        if (this.closing !== undefined) this.release()
      },
      drained: () => this.queue.drained()
    })
  }

  write(buffers: Buffers): boolean {
    return this.endpoint.write(buffers)
  }

  end(): void {
    this.endpoint.end()
    this.queue.finished()
  }

  later(callback: () => void): void {
    this.timeline.soon(callback)
  }

  protected hold(held: boolean): void {
    this.endpoint.hold(held)
  }

  protected get bytesInFlight(): number {
    return this.endpoint.bytesUnsent
  }

  protected beginAbort(): void {
    this.release()
  }

  protected beginClose(): void {
    // What is still unread would turn our end into a reset: it is read and dropped.
    this.endpoint.discard()
    if (!this.queue.isFlushing) {
      this.flushed()
    } else if (this.timeline.isOver) {
      this.giveUp()
    } else if (Number.isFinite(this.closeTimeout)) {
      this.cancelGrace = this.timeline.after(this.closeTimeout, () => this.giveUp())
    }
  }

  /** A peer must not take what was cut for the end. */
  private giveUp(): void {
    if (this.queue.isFlushing) this.closing = "reset"
    this.release()
  }

  /** Nothing is left to flush. What comes with our end, or right after it, is still taken. */
  flushed(): void {
    this.endpoint.end()
    this.timeline.soon(() => this.release())
  }

  private release(): void {
    if (this.gone) return
    this.letGo()
    this.cancelGrace?.()
    if (this.closing === "reset") {
      this.endpoint.abort()
    } else {
      this.endpoint.close()
    }
  }
}
