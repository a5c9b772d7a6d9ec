/**
 * What happened in a world, in the order in which it happened.
 *
 * @internal
 */
import * as Hash from "effect/Hash"

/**
 * Something that happened on the network: when, between whom, on which connection, and how many bytes were in it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Event {
  /** In milliseconds, of the clock that the world was made with. */
  readonly time: number
  readonly kind:
    | "listen"
    | "unlisten"
    | "connect"
    | "refuse"
    | "accept"
    | "turn away"
    | "data"
    | "end"
    | "reset"
    | "close"
    | "fault"
    | "heal"
    | "drop"
    | "retransmit"
    | "give up"
    | "delay"
    | "duplicate"
    | "corrupt"
    | "fail"
  /**
   * Of a `fault`, and when it heals, which one it is, `from` and `to` are hosts then; of what was done to a segment what
   * kind of segment it was; of an operation that was made to fail which one.
   */
  readonly what?: string | undefined
  /** The number of the connection, from 1 on; 0 for what has none. */
  readonly connection: number
  readonly from: string
  readonly to: string
  /** The names of the hosts that it is about, in lower case: of what goes from one to another that one first. */
  readonly hosts: ReadonlyArray<string>
  readonly bytes: number
}

/** More than a test looks at, and little enough to be kept. */
const longest = 100_000

export class Trace {
  private events: Array<Event> = []
  /** Called once, when something has happened or nothing more does. */
  private watchers: Array<() => void> = []
  isOver = false
  /** Of the oldest, which were dropped: how many, and a number that tells them from others. */
  private dropped = 0
  private digest = 0

  add(event: Event): void {
    this.events.push(event)
    if (this.events.length >= 2 * longest) this.drop(this.events.splice(0, longest))
    if (this.watchers.length > 0) this.tell()
  }

  /** Nobody waits for more. */
  end(): void {
    this.isOver = true
    this.tell()
  }

  /** What has happened from then on: without what is not kept any more. */
  since(position: number): ReadonlyArray<Event> {
    return this.events.slice(Math.max(0, position - this.dropped))
  }

  /** Gives what takes it back. */
  watch(watcher: () => void): () => void {
    this.watchers.push(watcher)
    return () => {
      this.watchers = this.watchers.filter(other => other !== watcher)
    }
  }

  /** How much happened, also of what is not kept. */
  get length(): number {
    return this.dropped + this.events.length
  }

  get all(): ReadonlyArray<Event> {
    return this.events.slice()
  }

  /** All that happened, to be compared with another trace. */
  get lines(): ReadonlyArray<string> {
    const lines = this.events.map(formatEvent)
    return this.dropped === 0 ? lines : [`${this.dropped} events before, of digest ${this.digest}`, ...lines]
  }

  private tell(): void {
    const { watchers } = this
    this.watchers = []
    for (const watcher of watchers) watcher()
  }

  private drop(events: ReadonlyArray<Event>): void {
    this.dropped += events.length
    this.digest = events.reduce((digest, event) => Hash.combine(Hash.string(formatEvent(event)))(digest), this.digest)
  }
}

/** One line: `12 #3 data 10.0.0.1:49152 > 10.0.0.2:80 5`, `12 fault partition a > b`. */
export const formatEvent = ({ bytes, connection, from, kind, time, to, what }: Event): string => {
  const where = to === "" ? from : `${from} > ${to}`
  const number = connection === 0 ? "" : `#${connection} `
  const size = kind === "data" || what === "data" ? ` ${bytes}` : ""
  return `${time} ${number}${what === undefined ? kind : `${kind} ${what}`}${where === "" ? "" : ` ${where}`}${size}`
}
