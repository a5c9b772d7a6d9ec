/**
 * The trace as a picture: the text of a Mermaid sequence diagram. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import type { Event } from "./trace.ts"

/** As many can still be looked at. */
const mostEvents = 100

/** For a diagram what is not plain is a number, as in HTML: nothing in it ends a line or begins a comment. */
const escaped = (text: string): string =>
  text.replace(/[^\w .,:()[\]/>-]/gu, character => `#${character.codePointAt(0)};`)

/** A colon in a name could be an option of the diagram's. */
const nameOf = (host: string): string => (host.trim() === "" ? "(no name)" : escaped(host).replaceAll(":", "#58;"))

/** What a picture calls those that have a place in it. */
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

  /** Over those hosts, or over all of the world. */
  over(hosts: ReadonlyArray<string>): string {
    const ids = [...(hosts.length === 0 ? this.ids.keys() : hosts)].flatMap(host => this.ids.get(host) ?? [])
    const [first, last] = [ids[0], ids.at(-1)]
    return first === last ? `note over ${first}` : `note over ${first},${last}`
  }
}

/** What goes from one host to another; a dashed line answers, and a cross arrives nowhere. */
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

/** A reset of a segment is done by somebody on the way. */
const arrowOf = ({ kind, what }: Event): string | undefined =>
  kind === "reset" && what !== undefined ? undefined : arrows[kind]

/** Where it is, as far as the picture does not show it. */
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
  const size = kind === "data" || what === "data" ? `${bytes} bytes` : ""
  const parts = [`${time} ms`, number, kind, what ?? "", placeOf(event), size]
  return escaped(parts.filter(part => part !== "").join(" "))
}

/** Only one end of the connection has to do with it. */
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
 * Events as the text of a Mermaid sequence diagram, a line for each of the `last` (100 by default), and how many came before
 * them. Its participants are the hosts of those events: what went from one to another is an arrow, with a cross where it was
 * lost, what answers a connect a dashed one, and everything else, faults among it, a note over the hosts that it is about.
 * Times are in milliseconds, the number of the connection is in parentheses.
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
  const notes = before === 0 ? [] : [`  ${places.over([])}: ${before} events before`]
  const lines = shown.map(event => lineOf(event, places))
  const nothing = events.length === 0 ? [`  ${places.over([])}: nothing happened on the network`] : []
  return ["sequenceDiagram", ...places.declared, ...notes, ...lines, ...nothing].join("\n")
}
