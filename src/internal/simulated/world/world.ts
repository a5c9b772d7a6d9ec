/**
 * A world: hosts, the names by which they find each other, the time in which things happen, and what has happened. It is
 * a value: two of them know nothing of each other.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import type * as Effect from "effect/Effect"
import * as SocketAddress from "../../../SocketAddress.ts"
import { format } from "../../address/index.ts"
import {
  type Circuit,
  destinationOf,
  Endpoint,
  Host,
  isLoopback,
  isMapped,
  type ListeningSocket,
  mapped
} from "../kernel/index.ts"
import { draw, Failures, Fragments, HostSet, type Link, Links } from "../link/index.ts"
import { type Event, Trace } from "../look/index.ts"
import { Chance, type Timeline } from "../time/index.ts"
import type { WorldSettings } from "./options.ts"

/** What runs on a host. */
export interface Program {
  /** Interrupts it, and does not wait for it. */
  readonly stop: () => void
  readonly start: Effect.Effect<void>
}

/** For as long as a host is down. */
export interface Outage {
  /** Brings it back. */
  readonly up: () => void
  /** How many crashes have not ended. */
  crashes: number
}

/** Who connects: from where, to which address as it was asked for, and what gives back what that took. */
export interface Caller {
  readonly host: Host
  readonly local: SocketAddress.Resolved
  readonly asked: SocketAddress.Resolved
  readonly release: () => void
}

/** Where the world that users hold has the one that it is made of. */
export const TypeId: unique symbol = Symbol.for("effect-sockets/SimulatedNetwork/World")

export const insideOf = (world: { readonly [TypeId]: unknown }): World => world[TypeId] as World

/** Who asks for an IPv4 address in the way of IPv6 has one itself. */
const asWritten = (asked: SocketAddress.Resolved, local: SocketAddress.Resolved): SocketAddress.Resolved =>
  asked._tag === "Inet" && local._tag === "Inet" && isMapped(asked) ? mapped(local) : local

/** The addresses of an accepted connection, its own and its peer's: a listener on IPv6 has IPv4 ones as mapped ones. */
const seenBy = (
  { address }: ListeningSocket,
  local: SocketAddress.Resolved,
  asked: SocketAddress.Resolved
): readonly [here: SocketAddress.Resolved, there: SocketAddress.Resolved] => {
  if (address._tag === "Unix" || asked._tag === "Unix" || local._tag === "Unix") return [address, local]
  const here = destinationOf(asked)
  return address.family === "IPv6" ? [mapped(here), mapped(local)] : [here, local]
}

export class World {
  readonly timeline: Timeline
  readonly trace = new Trace()
  readonly links: Links
  readonly fragments: Fragments
  readonly failures = new Failures((host, operation) => this.note("fail", operation, host))
  /** Hosts on which nobody listens, as whoever connects sees it. */
  readonly refusing = new HostSet()
  /** Those that have crashed. */
  readonly crashed = new Map<string, Outage>()
  private readonly programs = new Map<string, Set<Program>>()
  private readonly settings: WorldSettings
  /** By their names in lower case, as addresses have them. */
  private readonly hosts = new Map<string, Host>()
  private connections = 0

  constructor(timeline: Timeline, settings: WorldSettings) {
    this.timeline = timeline
    this.settings = settings
    this.links = new Links(timeline, this.trace, settings.seed, settings)
    this.fragments = new Fragments(settings.seed, settings.fragments)
  }

  /** The host of a name, which is there from the first time that it is asked for. */
  host(name: string, addresses?: ReadonlyArray<string>, descriptors?: number): Host {
    const known = this.hosts.get(name.toLowerCase())
    if (known !== undefined) return known
    // As an address has them; what is none is a mistake in the test itself.
    const own = addresses?.map(address => SocketAddress.unsafeInet(address, 0).host) ?? this.freeAddresses()
    const host = new Host(name, own, descriptors)
    this.hosts.set(name.toLowerCase(), host)
    return host
  }

  /** The host of a name, if anybody has asked for it. */
  known(name: string): Host | undefined {
    return this.hosts.get(name.toLowerCase())
  }

  /** What runs on a host: more can be put to it. */
  programsOf(name: string): Set<Program> {
    const key = name.toLowerCase()
    const programs = this.programs.get(key) ?? new Set()
    this.programs.set(key, programs)
    return programs
  }

  /** Who answers at an address of a host, unless it refuses all that comes over a network. */
  listeningAt(host: Host, asked: SocketAddress.Resolved): ListeningSocket | undefined {
    return asked._tag === "Inet" && this.refusing.has(host.name) ? undefined : host.listeningAt(asked)
  }

  /** One of each family that no host was given. */
  private freeAddresses(): ReadonlyArray<string> {
    for (let number = this.hosts.size + 1; ; number++) {
      const free = [`10.0.${number >> 8}.${number & 255}`, `fd00::${number.toString(16)}`]
      if (!this.all.some(({ addresses }) => free.some(address => addresses.includes(address)))) return free
    }
  }

  get all(): ReadonlyArray<Host> {
    return [...this.hosts.values()]
  }

  /** The addresses of a name, if there is such a host. */
  resolve(name: string): Arr.NonEmptyReadonlyArray<string> | undefined {
    if (name === "localhost") return ["127.0.0.1", "::1"]
    const addresses = this.hosts.get(name.toLowerCase())?.addresses ?? []
    return Arr.isNonEmptyReadonlyArray(addresses) ? addresses : undefined
  }

  /** How long it takes a host to look up a name, in milliseconds: no time at all by default. */
  delayOfNames(host: Host, name: string): number | undefined {
    const { current } = host.namesTake
    if (current._tag === "Constant" && current.millis === 0) return undefined
    host.nameChance ??= new Chance(this.settings.seed, `names of ${host.name.toLowerCase()}`)
    this.note("delay", "resolve", host.name.toLowerCase(), name)
    return draw(current, host.nameChance)
  }

  /** Whose an address is, as seen from a host. */
  route(from: Host, asked: SocketAddress.Resolved): Host | undefined {
    if (asked._tag === "Unix") return from
    const { host } = destinationOf(asked)
    return from.has(host) ? from : this.all.find(other => other.addresses.includes(host))
  }

  /** Where the connections of a host to an address come from. */
  sourceOf(from: Host, asked: SocketAddress.Inet): string | undefined {
    const { family, host } = destinationOf(asked)
    if (isLoopback(host)) return family === "IPv4" ? "127.0.0.1" : "::1"
    if (from.has(host)) return host
    return from.addresses.find(address => address.includes(":") === (family === "IPv6"))
  }

  /** The two ends of a new connection, the first of them the caller's. */
  join({ asked, host: client, local, release }: Caller, server: Host, listening: ListeningSocket): Endpoint {
    const { failures, fragments, timeline, trace } = this
    this.connections += 1
    const wire: Circuit = { id: this.connections, timeline, trace, window: this.settings.window, fragments, failures }
    const [here, there] = seenBy(listening, local, asked)
    const one: Endpoint = new Endpoint(asWritten(asked, local), asked, wire, {
      host: client.name,
      link: this.link(client, server, asked),
      isAccepted: false,
      onClose: () => {
        client.endpoints.delete(one)
        release()
      }
    })
    const other: Endpoint = new Endpoint(here, there, wire, {
      host: server.name,
      link: this.link(server, client, asked),
      isAccepted: true,
      onClose: () => {
        server.endpoints.delete(other)
        letGo()
      }
    })
    const letGo = server.allocate(here, false)
    Endpoint.join(one, other)
    client.endpoints.add(one)
    server.endpoints.add(other)
    this.record("accept", [server.name, client.name], here, there, wire.id)
    listening.enter(other)
    return one
  }

  record(
    kind: Event["kind"],
    hosts: ReadonlyArray<string>,
    from: SocketAddress.Resolved,
    to?: SocketAddress.Resolved,
    connection = 0
  ): void {
    const { time } = this.timeline
    const where = to === undefined ? "" : format(to)
    const names = hosts.map(host => host.toLowerCase())
    this.trace.add({ time, kind, connection, from: format(from), to: where, hosts: names, bytes: 0 })
  }

  /** Something that is about no connection, on a host or in all of the world. */
  note(kind: Event["kind"], what: string, from: string, to = ""): void {
    const hosts = from === "" ? [] : [from.toLowerCase()]
    this.trace.add({ time: this.timeline.time, kind, what, connection: 0, from, to, hosts, bytes: 0 })
  }

  /** The way from a host to another, to an address: a Unix socket needs no network. */
  link(from: Host, to: Host, asked: SocketAddress.Resolved): Link {
    return asked._tag === "Unix" ? this.links.local : this.links.of(from.name, to.name)
  }
}
