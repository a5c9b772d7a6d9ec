/**
 * Checks whether enough bytes arrive (`minThroughput`). Only the time in which a receive waits counts. That time is
 * divided into spans of `per` milliseconds, across all receives. Every byte since the first wait counts, even if it
 * arrived while no receive waited.
 *
 * @internal
 */
export class Throughput {
  /** The least number of bytes that must arrive in each span. */
  readonly bytes: number
  /** The length of a span, in milliseconds of waiting. */
  readonly per: number
  /** The time that receives waited in this span before the current wait, in milliseconds. */
  private waited = 0
  /** When the current wait began. `undefined` while no receive waits. */
  private since: number | undefined
  /** How many bytes had been received when this span began. `undefined` before the first span. */
  private before: number | undefined

  constructor(bytes: number, per: number) {
    this.bytes = bytes
    this.per = per
  }

  /** Called when a receive begins to wait. */
  begin(now: number, received: number): void {
    this.before ??= received
    this.since = now
  }

  /** Called when a receive stops waiting. */
  end(now: number): void {
    if (this.since !== undefined) this.waited += now - this.since
    this.since = undefined
  }

  /** When this span ends, if the current wait continues. `Infinity` while no receive waits. */
  get dueAt(): number {
    return this.since === undefined ? Number.POSITIVE_INFINITY : this.since + this.per - this.waited
  }

  /** Ends the span. Returns true if enough bytes arrived in it. The wait then continues in the next span. */
  next(now: number, received: number): boolean {
    const isEnough = received - (this.before ?? received) >= this.bytes
    this.waited = 0
    this.since = isEnough ? now : undefined
    this.before = received
    return isEnough
  }
}
