/** What a server that is measured knows of all its connections together. */
import type { Job, Meter, Work } from "./loop.ts"

/** The connections of a server, as they come, are served and go; waits for so many that come or go. */
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

  /** Everything that came was sent back. */
  get echoed(): Work {
    return { received: this.received, sent: this.received }
  }

  /**
   * The first message of each connection only shows that it is served: what is measured begins after them, and ends
   * before the connections do.
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
