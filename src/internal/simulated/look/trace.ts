/**
 * The trace of a simulated world: its events, in order.
 *
 * @internal
 */
import * as Hash from "effect/Hash"

/**
 * An event on the network.
 *
 * @since 0.1.0
 * @category models
 */
export interface Event {
  /** The time of the event, in milliseconds of the Clock with which the world was made. */
  readonly time: number
  /** The kind of the event. `what` has the details. */
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
   * Details of the event:
   * - `fault` and `heal`: the fault.
   * - An event of a link, such as `drop` or the `delay` of a segment: the kind of the segment.
   * - `fail`, and the `delay` of a lookup: the operation.
   */
  readonly what?: string | undefined
  /** The number of the connection, from 1 on. 0 if the event is not about an established connection. */
  readonly connection: number
  /**
   * The address of the sender or of the listener. For an event of a host or a fault of a link: the name of a host.
   * Empty if the event is about the whole world.
   */
  readonly from: string
  /**
   * The address of the receiver. For a fault of a link: the other host. For a lookup: the name that is looked up. Empty
   * if the event has none of these.
   */
  readonly to: string
  /** The names of the hosts of the event, in lower case. If a segment is sent, the sender comes first. */
  readonly hosts: ReadonlyArray<string>
  /** The number of bytes of data in the segment. 0 if there is no data or no segment. */
  readonly bytes: number
  /**
   * A checksum of the bytes of `data`. Set only in `checkDeterminism`, which uses it to compare the bytes that the
   * program sends.
   */
  readonly checksum?: string | undefined
}

/** Returns the 32-bit FNV-1a checksum of bytes, in hexadecimal. */
export const checksumOf = (bytes: Uint8Array): string => {
  let sum = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i]!, 0x01000193)
  return (sum >>> 0).toString(16).padStart(8, "0")
}

/** The trace keeps at least this many of the latest events, and fewer than twice as many. */
const longest = 100_000

export class Trace {
  private events: Array<Event> = []
  /**
   * Callbacks of the readers that wait for an event. Each one is called once, at the next event or the end of the
   * trace, and then removed.
   */
  private watchers: Array<() => void> = []
  isOver = false
  /** True if events of `data` have a checksum of their bytes. A checksum costs some nanoseconds for each byte. */
  hasChecksums = false
  /** The number of old events that were dropped. */
  private dropped = 0
  /** A hash of the dropped events. */
  private digest = 0

  add(event: Event): void {
    this.events.push(event)
    if (this.events.length >= 2 * longest) this.drop(this.events.splice(0, longest))
    if (this.watchers.length > 0) this.tell()
  }

  /** Ends the trace, so that no reader waits for another event. */
  end(): void {
    this.isOver = true
    this.tell()
  }

  /** Returns the events from a position on, without those that were dropped. */
  since(position: number): ReadonlyArray<Event> {
    return this.events.slice(Math.max(0, position - this.dropped))
  }

  /** Calls `watcher` once, at the next event or the end of the trace. Returns a function that cancels this. */
  watch(watcher: () => void): () => void {
    this.watchers.push(watcher)
    return () => {
      this.watchers = this.watchers.filter(other => other !== watcher)
    }
  }

  /** The number of events so far, including those that were dropped. */
  get length(): number {
    return this.dropped + this.events.length
  }

  get all(): ReadonlyArray<Event> {
    return this.events.slice()
  }

  /** The events as lines, to compare with another trace. One line stands for all dropped events. */
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
 * Formats an event as one line, such as `12 #3 data 10.0.0.1:49152 > 10.0.0.2:80 5` or `12 fault partition a > b`. If
 * there is a checksum, it comes last.
 */
export const formatEvent = ({ bytes, checksum, connection, from, kind, time, to, what }: Event): string => {
  const where = to === "" ? from : `${from} > ${to}`
  const number = connection === 0 ? "" : `#${connection} `
  const size = kind === "data" || what === "data" ? ` ${bytes}` : ""
  const sum = checksum === undefined ? "" : ` checksum ${checksum}`
  return `${time} ${number}${what === undefined ? kind : `${kind} ${what}`}${where === "" ? "" : ` ${where}`}${size}${sum}`
}
