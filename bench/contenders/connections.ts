/** Counts the connections of a measured server and the bytes that they receive. */
import type { Job, Meter, Work } from "./loop.ts"

/** Counts accepted and ended connections, and waits until a number of them is reached. */
export class Connections {
  accepted = 0
  ended = 0
  private received = 0
  private hasBegun = false
  private readonly job: Job
  private readonly meter: Meter
  private readonly waiting: Array<{ readonly isThere: () => boolean; readonly resolve: () => void }> = []

  constructor(job: Job, meter: Meter) {
    this.job = job
    this.meter = meter
  }

  /** The work of an echo server, which sends back everything it receives. */
  get echoed(): Work {
    return { received: this.received, sent: this.received }
  }

  /**
   * Counts received bytes and starts and stops the clock. The first message of each connection shows that the connection
   * is served. The clock starts after these messages, and stops before the connections end.
   */
  receive(bytes: number): void {
    this.received += bytes
    if (!this.hasBegun && this.received >= this.job.connections * this.job.size) {
      this.hasBegun = true
      this.meter.begin()
    } else if (this.received === (this.job.connections + this.job.messages) * this.job.size) {
      this.meter.end()
    }
  }

  accept(): void {
    this.accepted += 1
    this.look()
  }

  end(): void {
    this.ended += 1
    this.look()
  }

  whenAccepted(count: number): Promise<void> {
    return this.when(() => this.accepted >= count)
  }

  whenEnded(count: number): Promise<void> {
    return this.when(() => this.ended >= count)
  }

  private when(isThere: () => boolean): Promise<void> {
    return new Promise(resolve => {
      this.waiting.push({ isThere, resolve })
      this.look()
    })
  }

  private look(): void {
    for (const { isThere, resolve } of this.waiting) {
      if (isThere()) resolve()
    }
  }
}
