/**
 * Makes a transport from one end of a simulated connection, by way of the interface `FullWire`.
 *
 * @internal
 */
import type { Buffers } from "../../send/index.ts"
import { type ConnectionSettings, type Feed, type FullWire, WireTransport } from "../../stream/index.ts"
import type { Timeline } from "../time/index.ts"
import type { Endpoint } from "./endpoint.ts"

class SimulatedWire implements FullWire {
  private readonly endpoint: Endpoint
  private readonly timeline: Timeline
  private readonly feed: Feed
  private isStarted = false

  constructor(endpoint: Endpoint, timeline: Timeline, feed: Feed) {
    this.endpoint = endpoint
    this.timeline = timeline
    this.feed = feed
  }

  get localAddress() {
    return this.endpoint.localAddress
  }

  get remoteAddress() {
    return this.endpoint.remoteAddress
  }

  resume(): void {
    if (this.isStarted) this.endpoint.hold(false)
    else this.start()
  }

  private start(): void {
    this.isStarted = true
    const { feed } = this
    this.endpoint.attach({
      push: chunk => feed.push(chunk),
      end: () => feed.end(),
      broken: code => feed.fail({ code }),
      drained: () => feed.drained()
    })
  }

  pause(): void {
    this.endpoint.hold(true)
  }

  write(buffers: Buffers): boolean {
    return this.endpoint.write(buffers)
  }

  end(): void {
    this.endpoint.end()
    this.feed.finished()
  }

  get bytesUnsent(): number {
    return this.endpoint.bytesUnsent
  }

  recycle(): void {}

  later(callback: () => void): void {
    this.timeline.soon(callback)
  }

  /**
   * Calls back after `millis` milliseconds. If the simulation has ended, calls back as soon as other fibers have run,
   * because time no longer passes.
   */
  after(millis: number, callback: () => void): () => void {
    if (!this.timeline.isOver) return this.timeline.after(millis, callback)
    this.timeline.soon(callback)
    return () => {}
  }

  discard(): void {
    this.endpoint.discard()
  }

  close(): void {
    // If bytes are unread, `destroy` resets the connection. So unread bytes are dropped now. `destroy` runs only after
    // other fibers have run. Bytes that arrive before `destroy` are dropped too. Later bytes are refused, and the peer
    // fails.
    this.endpoint.discard()
    this.endpoint.end()
    this.timeline.soon(() => this.destroy(false))
  }

  destroy(reset: boolean): void {
    if (reset) this.endpoint.abort()
    else this.endpoint.close()
    this.feed.closed()
  }
}

/** Makes a transport over one end of a connection. */
export const connectionOn = (endpoint: Endpoint, timeline: Timeline, settings: ConnectionSettings): WireTransport =>
  new WireTransport(feed => new SimulatedWire(endpoint, timeline, feed), settings)
