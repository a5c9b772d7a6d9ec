/**
 * Checks whether enough bytes arrive while receives wait. Only the time spent waiting counts, in spans of `per`
 * milliseconds across all receives. Every byte counts, even if it arrived while no receive waited.
 *
 * @internal
 */
export class Throughput {
  readonly bytes: number
  /** The length of a span, in milliseconds of waiting. */
  readonly per: number
  /** The time waited in this span before the current wait, in milliseconds. */
  private waited = 0
  /** When the current wait began. */
  private since: number | undefined
  /** How many bytes had been received when this span began. */
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

  /** Called when no receive waits any more. */
  end(now: number): void {
    if (this.since !== undefined) this.waited += now - this.since
    this.since = undefined
  }

  /** When this span ends if the current wait goes on. */
  get dueAt(): number {
    return this.since === undefined ? Number.POSITIVE_INFINITY : this.since + this.per - this.waited
  }

  /** Ends the span. Returns whether enough bytes arrived in it. If so, the wait goes on in the next span. */
  next(now: number, received: number): boolean {
    const isEnough = received - (this.before ?? received) >= this.bytes
    this.waited = 0
    this.since = isEnough ? now : undefined
    this.before = received
    return isEnough
  }
}
