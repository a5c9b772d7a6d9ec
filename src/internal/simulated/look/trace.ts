/**
 * The events of a world, in order.
 *
 * @internal
 */
import * as Hash from "effect/Hash"

/**
 * Something that happened on the network.
 *
 * @since 0.1.0
 * @category models
 */
export interface Event {
  /** In milliseconds, by the Clock with which the world was made. */
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
   * Details of the kind. For `fault` and `heal`: which fault (`from` and `to` are hosts if it is about hosts). If something
   * was done to a segment: the kind of the segment. If an operation was made to fail or to wait: which operation.
   */
  readonly what?: string | undefined
  /** The number of the connection, from 1 on. 0 if the event is about no connection. */
  readonly connection: number
  readonly from: string
  readonly to: string
  /** The names of the hosts that the event is about, in lower case. If something is sent, the sender comes first. */
  readonly hosts: ReadonlyArray<string>
  readonly bytes: number
  /** A checksum of the bytes of `data`. Only in `checkDeterminism`, which compares what the program sends by it. */
  readonly checksum?: string | undefined
}

/** Returns the 32-bit FNV-1a checksum of bytes, in hexadecimal. */
export const checksumOf = (bytes: Uint8Array): string => {
  let sum = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i]!, 0x01000193)
  return (sum >>> 0).toString(16).padStart(8, "0")
}

/** At least as many of the latest events are kept, and fewer than twice as many. */
const longest = 100_000

export class Trace {
  private events: Array<Event> = []
  /** Called once, when an event is added or the trace ends. */
  private watchers: Array<() => void> = []
  isOver = false
  /** If true, events of `data` have a checksum of their bytes. Costs some nanoseconds for each byte. */
  hasChecksums = false
  /** How many of the oldest events were dropped. `digest` is a hash of them. */
  private dropped = 0
  private digest = 0

  add(event: Event): void {
    this.events.push(event)
    if (this.events.length >= 2 * longest) this.drop(this.events.splice(0, longest))
    if (this.watchers.length > 0) this.tell()
  }

  /** Ends the trace, so that no reader waits for more. */
  end(): void {
    this.isOver = true
    this.tell()
  }

  /** Returns the events from a position on, without those that were dropped. */
  since(position: number): ReadonlyArray<Event> {
    return this.events.slice(Math.max(0, position - this.dropped))
  }

  /** Adds a watcher. Returns a function that removes it. */
  watch(watcher: () => void): () => void {
    this.watchers.push(watcher)
    return () => {
      this.watchers = this.watchers.filter(other => other !== watcher)
    }
  }

  /** How many events happened, including those that were dropped. */
  get length(): number {
    return this.dropped + this.events.length
  }

  get all(): ReadonlyArray<Event> {
    return this.events.slice()
  }

  /** The events as lines, for a comparison with another trace. One line stands for those that were dropped. */
  get lines(): ReadonlyArray<string> {
    const lines = this.events.map(formatEvent)
    return this.dropped === 0 ? lines : [`${this.dropped} earlier events with digest ${this.digest}`, ...lines]
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

/**
 * Formats an event as one line: `12 #3 data 10.0.0.1:49152 > 10.0.0.2:80 5`, `12 fault partition a > b`. A checksum comes
 * last.
 */
export const formatEvent = ({ bytes, checksum, connection, from, kind, time, to, what }: Event): string => {
  const where = to === "" ? from : `${from} > ${to}`
  const number = connection === 0 ? "" : `#${connection} `
  const size = kind === "data" || what === "data" ? ` ${bytes}` : ""
  const sum = checksum === undefined ? "" : ` checksum ${checksum}`
  return `${time} ${number}${what === undefined ? kind : `${kind} ${what}`}${where === "" ? "" : ` ${where}`}${size}${sum}`
}
