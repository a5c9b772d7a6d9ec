/**
 * Formats the events of a trace as the text of a Mermaid sequence diagram. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import { plural } from "../../text/index.ts"
import type { Event } from "./trace.ts"

/** The most events of a diagram, if the caller gives no number. More events are hard to read. */
const mostEvents = 100

/**
 * Writes special characters as Mermaid entity codes, such as `#37;`, so that no character ends a line or begins a
 * comment.
 */
const escaped = (text: string): string =>
  text.replace(/[^\w .,:()[\]/>-]/gu, character => `#${character.codePointAt(0)};`)

/**
 * Escapes the name of a host. The colon is escaped too, because in the name of a participant it can begin an option of
 * the diagram.
 */
const nameOf = (host: string): string => (host.trim() === "" ? "(no name)" : escaped(host).replaceAll(":", "#58;"))

/** The participants of a diagram, and the ids that stand for them in the diagram. */
class Places {
  private readonly ids = new Map<string, string>()

  constructor(hosts: Iterable<string>) {
    for (const host of hosts) if (!this.ids.has(host)) this.ids.set(host, `h${this.ids.size + 1}`)
    if (this.ids.size === 0) this.ids.set("world", "h1")
  }

  get declared(): ReadonlyArray<string> {
    return Array.from(this.ids, ([host, id]) => `  participant ${id} as ${nameOf(host)}`)
  }

  id(host: string): string | undefined {
    return this.ids.get(host)
  }

  /** Returns the start of a note over the hosts. Without hosts, the note is over all participants. */
  over(hosts: ReadonlyArray<string>): string {
    const ids = [...(hosts.length === 0 ? this.ids.keys() : hosts)].flatMap(host => this.ids.get(host) ?? [])
    const [first, last] = [ids[0], ids.at(-1)]
    return first === last ? `note over ${first}` : `note over ${first},${last}`
  }
}

/**
 * The arrows of the events that go from one host to another. A dashed arrow is an answer. An arrow with a cross is a
 * loss.
 */
const arrows: Partial<Record<Event["kind"], string>> = {
  connect: "->>",
  accept: "-->>",
  refuse: "-->>",
  "turn away": "->>",
  data: "->>",
  end: "->>",
  reset: "->>",
  drop: "-x",
  retransmit: "->>",
  duplicate: "->>"
}

/**
 * Returns the arrow of an event, or undefined if it has none. A `reset` with a `what` has none: a fault made the reset
 * on the link, so no host sent it.
 */
const arrowOf = ({ kind, what }: Event): string | undefined =>
  kind === "reset" && what !== undefined ? undefined : arrows[kind]

/** Returns the addresses or hosts of an event that the arrow or note does not show already. */
const placeOf = ({ connection, from, kind, to }: Event): string => {
  switch (kind) {
    case "listen":
    case "unlisten":
      return from
    case "connect":
      return to
    case "fault":
    case "heal":
      return connection === 0 && to !== "" ? `${from} > ${to}` : ""
    default:
      return ""
  }
}

const textOf = (event: Event): string => {
  const { bytes, connection, kind, time, what } = event
  const number = connection === 0 ? "" : `(${connection})`
  const size = kind === "data" || what === "data" ? plural(bytes, "byte") : ""
  const parts = [`${time} ms`, number, kind, what ?? "", placeOf(event), size]
  return escaped(parts.filter(part => part !== "").join(" "))
}

/** True if the event happens at only one end of a connection. */
const isOneSided = ({ kind }: Event): boolean => kind === "close" || kind === "give up"

const lineOf = (event: Event, places: Places): string => {
  const hosts = isOneSided(event) ? event.hosts.slice(0, 1) : event.hosts
  const [from, to] = hosts
  const arrow = arrowOf(event)
  const start =
    arrow === undefined || from === undefined || to === undefined
      ? places.over(hosts)
      : `${places.id(from)}${arrow}${places.id(to)}`
  return `  ${start}: ${textOf(event)}`
}

/**
 * Formats events as the text of a Mermaid sequence diagram. It shows the last `last` events, one line for each.
 * Default: 100. If there are more events, a note says how many earlier events the diagram does not show.
 *
 * The participants are the hosts of the shown events. An event that goes from one host to another, such as `data` or
 * `drop`, is an arrow. The arrow is dashed if it answers a connect, and has a cross if a segment was lost. Every other
 * event, such as a fault, is a note over its hosts. Times are in milliseconds. The number of the connection is in
 * parentheses.
 *
 * @since 0.1.0
 * @category formatting
 */
export const formatDiagram = (
  events: ReadonlyArray<Event>,
  options?: { readonly last?: number | undefined }
): string => {
  const before = Math.max(0, events.length - (options?.last ?? mostEvents))
  const shown = events.slice(before)
  const places = new Places(shown.flatMap(({ hosts }) => hosts))
  const notes = before === 0 ? [] : [`  ${places.over([])}: ${before} earlier events`]
  const lines = shown.map(event => lineOf(event, places))
  const nothing = events.length === 0 ? [`  ${places.over([])}: nothing happened on the network`] : []
  return ["sequenceDiagram", ...places.declared, ...notes, ...lines, ...nothing].join("\n")
}
