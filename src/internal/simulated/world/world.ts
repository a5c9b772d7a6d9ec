/**
 * A world: its hosts and their names, its time, its links and its trace. Two worlds share nothing.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import type * as Effect from "effect/Effect"
import * as SocketAddress from "../../../SocketAddress.ts"
import { format, isLocalName, isMapped } from "../../address/index.ts"
import {
  type Circuit,
  destinationOf,
  Endpoint,
  Host,
  isLoopback,
  type ListeningSocket,
  mapped
} from "../kernel/index.ts"
import { draw, Failures, Fragments, HostSet, type Link, Links } from "../link/index.ts"
import { type Event, Trace } from "../look/index.ts"
import { Chance, type Timeline } from "../time/index.ts"
import type { WorldSettings } from "./options.ts"

/** A program that runs on a host. */
export interface Program {
  /** Ends the program at once. None of its fibers takes another step. */
  readonly kill: () => void
  /** Starts the program. Ends an earlier run first. */
  readonly start: Effect.Effect<void>
}

/** A time during which a host is down. */
export interface Outage {
  /** Marks the host as up again. */
  readonly up: () => void
  /** The number of crashes of the host that have not ended. */
  crashes: number
}

/** The host that connects, and its side of the new connection. */
export interface Caller {
  readonly host: Host
  readonly local: SocketAddress.Resolved
  /** The address to which the program connects, as the program gave it. */
  readonly asked: SocketAddress.Resolved
  /** Releases the descriptor and the port. */
  readonly release: () => void
}

/** The key under which the public world keeps the internal world. */
export const TypeId: unique symbol = Symbol.for("effect-sockets/SimulatedNetwork/World")

export const insideOf = (world: { readonly [TypeId]: unknown }): World => world[TypeId] as World

/**
 * Returns the local address of a client. If the client connected to a mapped IPv4 address, its local address is mapped
 * too.
 */
const asWritten = (asked: SocketAddress.Resolved, local: SocketAddress.Resolved): SocketAddress.Resolved =>
  asked._tag === "Inet" && local._tag === "Inet" && isMapped(asked.host) ? mapped(local) : local

/**
 * Returns the local and the remote address of an accepted connection. A listener on IPv6 sees IPv4 addresses as mapped
 * ones.
 */
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
  /** Hosts that refuse every connect over the network. */
  readonly refusing = new HostSet()
  /** The hosts that are down, by name. */
  readonly crashed = new Map<string, Outage>()
  private readonly programs = new Map<string, Set<Program>>()
  private readonly settings: WorldSettings
  /** The hosts by name, in lower case, because the host of an address is in lower case. */
  private readonly hosts = new Map<string, Host>()
  private connections = 0

  constructor(timeline: Timeline, settings: WorldSettings) {
    this.timeline = timeline
    this.settings = settings
    this.links = new Links(timeline, this.trace, settings.seed, settings)
    this.fragments = new Fragments(settings.seed, settings.fragments)
  }

  /** Returns the host of a name. Creates the host if it does not exist. */
  host(name: string, addresses?: ReadonlyArray<string>, descriptors?: number): Host {
    const known = this.hosts.get(name.toLowerCase())
    if (known !== undefined) return known
    // Brings each literal into its normal form. An invalid literal is a mistake in the test, so `unsafeInet` throws.
    const own = addresses?.map(address => SocketAddress.unsafeInet(address, 0).host) ?? this.freeAddresses()
    const host = new Host(name, own, descriptors)
    this.hosts.set(name.toLowerCase(), host)
    return host
  }

  /** Returns the host of a name, if it exists. */
  known(name: string): Host | undefined {
    return this.hosts.get(name.toLowerCase())
  }

  /** Returns the set of programs that run on a host. The caller may add and delete programs. */
  programsOf(name: string): Set<Program> {
    const key = name.toLowerCase()
    const programs = this.programs.get(key) ?? new Set()
    this.programs.set(key, programs)
    return programs
  }

  /**
   * Returns the listener that a connect to an address of a host reaches. Returns undefined if there is none, or if the
   * host refuses connects.
   */
  listeningAt(host: Host, asked: SocketAddress.Resolved): ListeningSocket | undefined {
    return asked._tag === "Inet" && this.refusing.has(host.name) ? undefined : host.listeningAt(asked)
  }

  /** Returns one IPv4 and one IPv6 address that no host has. */
  private freeAddresses(): ReadonlyArray<string> {
    for (let number = this.hosts.size + 1; ; number++) {
      const free = [`10.0.${number >> 8}.${number & 255}`, `fd00::${number.toString(16)}`]
      if (!this.all.some(({ addresses }) => free.some(address => addresses.includes(address)))) return free
    }
  }

  get all(): ReadonlyArray<Host> {
    return [...this.hosts.values()]
  }

  /** Returns the addresses of a name, or undefined if it has none. */
  resolve(name: string): Arr.NonEmptyReadonlyArray<string> | undefined {
    const addresses = this.hosts.get(name.toLowerCase())?.addresses ?? []
    if (Arr.isNonEmptyReadonlyArray(addresses)) return addresses
    return isLocalName(name.toLowerCase()) ? ["127.0.0.1", "::1"] : undefined
  }

  /** Returns how long a host takes to look up a name, in milliseconds. Returns undefined if it takes no time. */
  delayOfNames(host: Host, name: string): number | undefined {
    const { current } = host.namesTake
    if (current._tag === "Constant" && current.millis === 0) return undefined
    host.nameChance ??= new Chance(this.settings.seed, `names of ${host.name.toLowerCase()}`)
    this.note("delay", "resolve", host.name.toLowerCase(), name)
    return draw(current, host.nameChance)
  }

  /** Returns the host that a connect from `from` to `asked` reaches, or undefined if there is none. */
  route(from: Host, asked: SocketAddress.Resolved): Host | undefined {
    if (asked._tag === "Unix") return from
    const { host } = destinationOf(asked)
    return from.has(host) ? from : this.all.find(other => other.addresses.includes(host))
  }

  /**
   * Returns the local address that a host uses for a connection to `asked`. Returns undefined if the host has no
   * address of that family.
   */
  sourceOf(from: Host, asked: SocketAddress.Inet): string | undefined {
    const { family, host } = destinationOf(asked)
    if (isLoopback(host)) return family === "IPv4" ? "127.0.0.1" : "::1"
    if (from.has(host)) return host
    return from.addresses.find(address => address.includes(":") === (family === "IPv6"))
  }

  /** Makes a connection. Passes the accepted end to the listener, and returns the end of the caller. */
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
        releaseServer()
      }
    })
    const releaseServer = server.allocate(here, false)
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

  /** Records an event that is not about a connection. If `from` is empty, the event is about the whole world. */
  note(kind: Event["kind"], what: string, from: string, to = ""): void {
    const hosts = from === "" ? [] : [from.toLowerCase()]
    this.trace.add({ time: this.timeline.time, kind, what, connection: 0, from, to, hosts, bytes: 0 })
  }

  /** Returns the link that a connection to `asked` uses from one host to another. A Unix socket uses no network. */
  link(from: Host, to: Host, asked: SocketAddress.Resolved): Link {
    return asked._tag === "Unix" ? this.links.local : this.links.of(from.name, to.name)
  }
}
