/**
 * Whether enough comes while somebody waits for it: spans of waiting, one after the other, across all receives. Only the
 * time of waits counts, but every byte does: one that came while nobody waited did not have to be waited for.
 *
 * @internal
 */
export class Throughput {
  readonly bytes: number
  /** In milliseconds of waiting. */
  readonly per: number
  /** Of this span, before the wait that is under way. */
  private waited = 0
  /** When that began. */
  private since: number | undefined
  /** How much had been received when the span began. */
  private before: number | undefined

  constructor(bytes: number, per: number) {
    this.bytes = bytes
    this.per = per
  }

  /** Somebody waits from now on. */
  begin(now: number, received: number): void {
    this.before ??= received
    this.since = now
  }

  /** Nobody waits any more. */
  end(now: number): void {
    if (this.since !== undefined) this.waited += now - this.since
    this.since = undefined
  }

  /** When this span of waiting is over, if it goes on as it is. */
  get dueAt(): number {
    return this.since === undefined ? Number.POSITIVE_INFINITY : this.since + this.per - this.waited
  }

  /** It is over: whether enough came in it. If so the wait goes on in the next one, else it ends here. */
  next(now: number, received: number): boolean {
    const isEnough = received - (this.before ?? received) >= this.bytes
    this.waited = 0
    this.since = isEnough ? now : undefined
    this.before = received
    return isEnough
  }
}
