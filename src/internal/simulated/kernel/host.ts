/**
 * A host of a simulated world: its addresses, who listens on it, who is connected, and the descriptors and ports that
 * they have.
 *
 * @internal
 */
import type * as SocketAddress from "../../../SocketAddress.ts"
import { format } from "../../address/index.ts"
import type { Descriptors } from "../../connect/index.ts"
import { constant, type Distribution, Overlay } from "../link/index.ts"
import type { Chance } from "../time/index.ts"
import { collide, destinationOf, isLoopback, takes } from "./addresses.ts"
import type { Endpoint } from "./endpoint.ts"

/** Takes a connection that has come, or turns it away. */
export interface ListeningSocket {
  readonly address: SocketAddress.Resolved
  readonly ipv6Only: boolean
  readonly opened: number
  readonly enter: (endpoint: Endpoint) => void
  /** Its host has crashed: whoever waits at it learns that it is closed, after a while. */
  readonly vanish: () => void
}

const firstEphemeral = 49152
const lastEphemeral = 65535

export class Host {
  readonly name: string
  readonly addresses: ReadonlyArray<string>
  readonly listening: Array<ListeningSocket> = []
  readonly endpoints = new Set<Endpoint>()
  /** How many sockets it may have. */
  readonly descriptors: Overlay<number>
  /** How long it takes to look up a name. */
  readonly namesTake = new Overlay<Distribution>(constant(0))
  nameChance: Chance | undefined
  /** How often it has crashed. */
  crashes = 0
  /** What tells those that are about to connect from it that it has crashed. */
  readonly callers = new Set<() => void>()
  private sockets = 0
  /** How many sockets have a port. */
  private readonly ports = new Map<number, number>()
  /** Where those are that connected, or are about to, by their ports. */
  private readonly clients = new Map<number, SocketAddress.Inet>()
  private nextPort = firstEphemeral

  constructor(name: string, addresses: ReadonlyArray<string>, descriptors = Number.POSITIVE_INFINITY) {
    this.name = name
    this.addresses = addresses
    this.descriptors = new Overlay(descriptors)
  }

  /** Whether an address is of this host. */
  has(host: string): boolean {
    return isLoopback(host) || this.addresses.includes(host)
  }

  /** How many sockets it may still have; fewer than none where one too many has come. */
  get descriptorsLeft(): number {
    return this.descriptors.current - this.sockets
  }

  get usage(): Descriptors {
    return { limit: this.descriptors.current, open: this.sockets }
  }

  /** A port that no socket has. */
  freePort(): number | undefined {
    for (let tries = firstEphemeral; tries <= lastEphemeral; tries++) {
      const port = this.nextPort
      this.nextPort = port === lastEphemeral ? firstEphemeral : port + 1
      if (!this.ports.has(port)) return port
    }
    return undefined
  }

  /** A socket takes a descriptor, and the port of its address. Gives what gives them back, once. */
  allocate(address: SocketAddress.Resolved, isClient: boolean): () => void {
    this.sockets += 1
    const inet = address._tag === "Inet" ? address : undefined
    if (inet !== undefined) {
      this.ports.set(inet.port, (this.ports.get(inet.port) ?? 0) + 1)
      if (isClient) this.clients.set(inet.port, inet)
    }
    const { crashes } = this
    let isHeld = true
    return () => {
      if (!isHeld || crashes !== this.crashes) return
      isHeld = false
      this.sockets -= 1
      if (inet !== undefined) this.free(inet.port, isClient)
    }
  }

  /** Nothing of it is left, and nobody is told. */
  crash(): void {
    this.crashes += 1
    this.sockets = 0
    this.ports.clear()
    this.clients.clear()
    for (const one of this.listening.splice(0)) one.vanish()
    for (const endpoint of [...this.endpoints]) endpoint.vanish()
    for (const vanish of [...this.callers]) vanish()
  }

  private free(port: number, isClient: boolean): void {
    const others = (this.ports.get(port) ?? 0) - 1
    if (others > 0) this.ports.set(port, others)
    else this.ports.delete(port)
    if (isClient) this.clients.delete(port)
  }

  /** Who answers at an address. */
  listeningAt(asked: SocketAddress.Resolved): ListeningSocket | undefined {
    const address = asked._tag === "Unix" ? asked : destinationOf(asked)
    return this.listening.find(({ address: bound, ipv6Only }) =>
      address._tag === "Unix" || bound._tag === "Unix"
        ? format(bound) === format(address)
        : takes({ address: bound, ipv6Only }, address)
    )
  }

  /** Whether somebody listens where `address` would, or has its port as a client's. */
  isInUse(address: SocketAddress.Resolved, ipv6Only: boolean): boolean {
    if (address._tag === "Unix") return this.listeningAt(address) !== undefined
    const asked = { address, ipv6Only }
    const client = this.clients.get(address.port)
    return (
      (client !== undefined && takes(asked, client)) ||
      this.listening.some(one => one.address._tag === "Inet" && collide(asked, { ...one, address: one.address }))
    )
  }
}
