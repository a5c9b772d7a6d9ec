/**
 * A host of a simulated world: its addresses, who listens on it, and the ports and paths that are taken.
 *
 * @internal
 */
import type * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../formatAddress.ts"
import type { Endpoint } from "./endpoint.ts"

type Bound = SocketAddress.Inet | SocketAddress.Unix

/** Takes a connection that has come, or turns it away. */
export interface Door {
  readonly address: Bound
  readonly ipv6Only: boolean
  readonly opened: number
  readonly enter: (endpoint: Endpoint) => void
}

const firstEphemeral = 49152
const lastEphemeral = 65535

const anywhere = (host: string): boolean => host === "0.0.0.0" || host === "::"

/** Whether a listener on `one` takes what is meant for `host`. `::` takes IPv4 too, unless it was told not to. */
const takes = (door: Door, host: string, family: SocketAddress.Inet["family"]): boolean =>
  door.address._tag === "Inet" &&
  (door.address.host === host ||
    (anywhere(door.address.host) &&
      (door.address.family === family || (door.address.family === "IPv6" && !door.ipv6Only))))

export class Host {
  readonly name: string
  readonly addresses: ReadonlyArray<string>
  readonly doors: Array<Door> = []
  readonly endpoints = new Set<Endpoint>()
  private readonly taken = new Set<number>()
  private nextPort = firstEphemeral

  constructor(name: string, addresses: ReadonlyArray<string>) {
    this.name = name
    this.addresses = addresses
  }

  /** Whether an address is of this host. */
  has(host: string): boolean {
    return host === "::1" || /^127\./.test(host) || this.addresses.includes(host)
  }

  /** A port that nobody has, for a while. */
  takePort(): number | undefined {
    for (let tries = firstEphemeral; tries <= lastEphemeral; tries++) {
      const port = this.nextPort
      this.nextPort = port === lastEphemeral ? firstEphemeral : port + 1
      if (!this.taken.has(port)) {
        this.taken.add(port)
        return port
      }
    }
    return undefined
  }

  releasePort(port: number): void {
    this.taken.delete(port)
  }

  /** Who answers at an address. */
  doorAt(address: Bound): Door | undefined {
    return this.doors.find(door =>
      address._tag === "Unix" || door.address._tag === "Unix"
        ? format(door.address) === format(address)
        : door.address.port === address.port && takes(door, address.host, address.family)
    )
  }

  /** Whether somebody listens where `address` would. */
  isInUse(address: Bound, ipv6Only: boolean): boolean {
    if (address._tag === "Unix") return this.doorAt(address) !== undefined
    return this.doors.some(door => {
      if (door.address._tag === "Unix" || door.address.port !== address.port) return false
      const asked: Door = { ...door, address, ipv6Only }
      return takes(door, address.host, address.family) || takes(asked, door.address.host, door.address.family)
    })
  }
}
