/**
 * What happened in a world, in the order in which it happened.
 *
 * @internal
 */

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
  /** The number of the connection, from 1 on; 0 for what has none. */
  readonly connection: number
  readonly from: string
  readonly to: string
  readonly bytes: number
}

/** More than a test looks at, and little enough to be kept. */
const longest = 100_000

export class Trace {
  private events: Array<Event> = []
  /** How many of the oldest were dropped. */
  dropped = 0

  add(event: Event): void {
    this.events.push(event)
    if (this.events.length >= 2 * longest) {
      this.dropped += this.events.length - longest
      this.events = this.events.slice(-longest)
    }
  }

  get all(): ReadonlyArray<Event> {
    return this.events.slice()
  }
}

/** One line: `12 #3 data 10.0.0.1:49152 > 10.0.0.2:80 5`. */
export const formatEvent = ({ bytes, connection, from, kind, time, to }: Event): string => {
  const where = to === "" ? from : `${from} > ${to}`
  return `${time} ${connection === 0 ? "" : `#${connection} `}${kind} ${where}${kind === "data" ? ` ${bytes}` : ""}`
}
