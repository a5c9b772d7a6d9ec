/**
 * A host of a simulated world: its addresses, listeners and connections, and the descriptors and ports that they use.
 *
 * @internal
 */

import type * as SocketAddress from "../../../SocketAddress.ts"
import { format } from "../../address/index.ts"
import type { Descriptors } from "../../connect/index.ts"
import { count } from "../../option/index.ts"
import { constant, type Distribution, Overlay } from "../link/index.ts"
import type { Chance } from "../time/index.ts"
import { collide, destinationOf, isLoopback, takes } from "./addresses.ts"
import type { Endpoint } from "./endpoint.ts"

/** A listening socket. */
export interface ListeningSocket {
  readonly address: SocketAddress.Resolved
  readonly ipv6Only: boolean
  /** The time at which the socket began to listen. */
  readonly opened: number
  /** Called with each new connection. Accepts or refuses it. */
  readonly enter: (endpoint: Endpoint) => void
  /** Called when the host crashes. Waiting accepts fail with `Closed` after `dying` milliseconds. */
  readonly vanish: () => void
}

const firstEphemeral = 49152
const lastEphemeral = 65535

export class Host {
  readonly name: string
  readonly addresses: ReadonlyArray<string>
  readonly listening: Array<ListeningSocket> = []
  readonly endpoints = new Set<Endpoint>()
  /** The most sockets that the host may have. */
  readonly descriptors: Overlay<number>
  /** How long a lookup of a name takes. */
  readonly namesTake = new Overlay<Distribution>(constant(0))
  nameChance: Chance | undefined
  /** The number of times that the host has crashed. */
  crashes = 0
  /** Callbacks of the connects that this host has in progress. Each one is called when the host crashes. */
  readonly callers = new Set<() => void>()
  private sockets = 0
  /** The number of sockets on each port that is in use. */
  private readonly ports = new Map<number, number>()
  /** The local addresses of the sockets that connect or have connected. */
  private readonly clients = new Set<SocketAddress.Inet>()
  private nextPort = firstEphemeral

  constructor(name: string, addresses: ReadonlyArray<string>, descriptors?: number) {
    this.name = name
    this.addresses = addresses
    this.descriptors = new Overlay(count("descriptors", descriptors, Number.POSITIVE_INFINITY))
  }

  /** True if the address belongs to this host. */
  has(host: string): boolean {
    return isLoopback(host) || this.addresses.includes(host)
  }

  /** The number of sockets that the host may still open. Negative if a connection arrived when none was left. */
  get descriptorsLeft(): number {
    return this.descriptors.current - this.sockets
  }

  get usage(): Descriptors {
    return { limit: this.descriptors.current, open: this.sockets }
  }

  /** Returns a port from 49152 to 65535 that no socket uses, or undefined if there is none. */
  freePort(): number | undefined {
    for (let tries = firstEphemeral; tries <= lastEphemeral; tries++) {
      const port = this.nextPort
      this.nextPort = port === lastEphemeral ? firstEphemeral : port + 1
      if (!this.ports.has(port)) return port
    }
    return undefined
  }

  /**
   * Allocates a descriptor for a socket, and the port of its address. Returns a function that releases both. The
   * function does nothing if it has been called before, or if the host has crashed since, because a crash releases
   * everything.
   */
  allocate(address: SocketAddress.Resolved, isClient: boolean): () => void {
    this.sockets += 1
    const inet = address._tag === "Inet" ? address : undefined
    if (inet !== undefined) {
      this.ports.set(inet.port, (this.ports.get(inet.port) ?? 0) + 1)
      if (isClient) this.clients.add(inet)
    }
    const { crashes } = this
    let isHeld = true
    return () => {
      if (!isHeld || crashes !== this.crashes) return
      isHeld = false
      this.sockets -= 1
      if (inet === undefined) return
      this.clients.delete(inet)
      this.free(inet.port)
    }
  }

  /** Drops all sockets, listeners and connects in progress. Their peers are not notified. */
  crash(): void {
    this.crashes += 1
    this.sockets = 0
    this.ports.clear()
    this.clients.clear()
    for (const one of this.listening.splice(0)) one.vanish()
    for (const endpoint of [...this.endpoints]) endpoint.vanish()
    for (const vanish of [...this.callers]) vanish()
  }

  private free(port: number): void {
    const others = (this.ports.get(port) ?? 0) - 1
    if (others > 0) this.ports.set(port, others)
    else this.ports.delete(port)
  }

  /** Returns the listener that a connect to the address reaches, or undefined if there is none. */
  listeningAt(asked: SocketAddress.Resolved): ListeningSocket | undefined {
    const address = asked._tag === "Unix" ? asked : destinationOf(asked)
    return this.listening.find(({ address: bound, ipv6Only }) =>
      address._tag === "Unix" || bound._tag === "Unix"
        ? format(bound) === format(address)
        : takes({ address: bound, ipv6Only }, address)
    )
  }

  /**
   * Returns the error code if no connection from `local` to `remote` can be made: a listener uses the local port, or
   * there is such a connection. Otherwise returns `undefined`.
   */
  cannotConnectFrom(local: SocketAddress.Inet, remote: SocketAddress.Inet): string | undefined {
    if (
      this.listening.some(({ address, ipv6Only }) => address._tag === "Inet" && takes({ address, ipv6Only }, local))
    ) {
      return "EADDRINUSE"
    }
    const ends = (one: Endpoint) => [format(one.localAddress), format(one.remoteAddress)].join(" ")
    const wanted = [format(local), format(remote)].join(" ")
    return [...this.endpoints].some(one => ends(one) === wanted) ? "EADDRNOTAVAIL" : undefined
  }

  /** True if a listener on `address` would conflict with another listener, or with the local address of a client. */
  isInUse(address: SocketAddress.Resolved, ipv6Only: boolean): boolean {
    if (address._tag === "Unix") return this.listeningAt(address) !== undefined
    const asked = { address, ipv6Only }
    return (
      [...this.clients].some(client => client.port === address.port && takes(asked, client)) ||
      this.listening.some(one => one.address._tag === "Inet" && collide(asked, { ...one, address: one.address }))
    )
  }
}
