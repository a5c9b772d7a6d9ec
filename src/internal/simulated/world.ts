/**
 * A world: hosts, the names by which they find each other, the time in which things happen, and what has happened. It is
 * a value: two of them know nothing of each other.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../formatAddress.ts"
import { Endpoint, type Wire } from "./endpoint.ts"
import { type Door, Host } from "./host.ts"
import type { Timeline } from "./timeline.ts"
import { type Event, Trace } from "./trace.ts"

type Bound = SocketAddress.Inet | SocketAddress.Unix

/** A listener on IPv6 has its IPv4 peers as mapped addresses. */
const seenBy = (listening: SocketAddress.Inet, address: Bound): Bound =>
  listening.family === "IPv6" && address._tag === "Inet" && address.family === "IPv4"
    ? SocketAddress.unsafeInet(`::ffff:${address.host}`, address.port)
    : address

/** What a world is like, all decided. */
export interface Nature {
  /** One way, in milliseconds. */
  readonly latency: number
  /** How many bytes may be on their way or unread, in each direction of a connection. */
  readonly window: number
}

export class World {
  readonly timeline: Timeline
  readonly trace = new Trace()
  private readonly nature: Nature
  private readonly hosts = new Map<string, Host>()
  private connections = 0

  constructor(timeline: Timeline, nature: Nature) {
    this.timeline = timeline
    this.nature = nature
  }

  /** The host of a name, which is there from the first time that it is asked for. */
  host(name: string, addresses?: ReadonlyArray<string>): Host {
    const known = this.hosts.get(name)
    if (known !== undefined) return known
    const number = this.hosts.size + 1
    const host = new Host(name, addresses ?? [`10.0.${number >> 8}.${number & 255}`, `fd00::${number.toString(16)}`])
    this.hosts.set(name, host)
    return host
  }

  get all(): ReadonlyArray<Host> {
    return [...this.hosts.values()]
  }

  /** The addresses of a name, if there is such a host. */
  resolve(name: string): Arr.NonEmptyReadonlyArray<string> | undefined {
    if (name === "localhost") return ["127.0.0.1", "::1"]
    const addresses = this.hosts.get(name)?.addresses ?? []
    return Arr.isNonEmptyReadonlyArray(addresses) ? addresses : undefined
  }

  /** Whose an address is, as seen from a host. */
  route(from: Host, address: Bound): Host | undefined {
    if (address._tag === "Unix" || from.has(address.host)) return from
    return this.all.find(host => host.addresses.includes(address.host))
  }

  /** Where the connections of a host to an address come from. */
  sourceOf(from: Host, to: SocketAddress.Inet): string | undefined {
    if (from.has(to.host)) return to.host
    const isSix = to.family === "IPv6"
    return from.addresses.find(address => address.includes(":") === isSix)
  }

  /** The two ends of a new connection, the first of them on `client`. */
  join(client: Host, server: Host, local: Bound, remote: Bound, door: Door): Endpoint {
    const { window } = this.nature
    const latency = this.latency(client, server)
    this.connections += 1
    const wire: Wire = { id: this.connections, timeline: this.timeline, trace: this.trace, latency, window }
    const seen = (address: Bound) => (door.address._tag === "Unix" ? address : seenBy(door.address, address))
    const accepted = door.address._tag === "Unix" ? door.address : seen(remote)
    const one: Endpoint = new Endpoint(local, remote, wire, () => {
      client.endpoints.delete(one)
      if (local._tag === "Inet") client.releasePort(local.port)
    })
    const other: Endpoint = new Endpoint(accepted, seen(local), wire, () => server.endpoints.delete(other))
    Endpoint.join(one, other)
    client.endpoints.add(one)
    server.endpoints.add(other)
    this.record("accept", accepted, local, wire.id)
    door.enter(other)
    return one
  }

  record(kind: Event["kind"], from: Bound, to?: Bound, connection = 0): void {
    const { time } = this.timeline
    const where = to === undefined ? "" : format(to)
    this.trace.add({ time, kind, connection, from: format(from), to: where, bytes: 0 })
  }

  /** Within a host there is none. */
  latency(from: Host, to: Host): number {
    return from === to ? 0 : this.nature.latency
  }
}
