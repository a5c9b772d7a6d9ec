/**
 * Which addresses are one and the same to a system, and how they are called at either end of a connection.
 *
 * @internal
 */
import type * as SocketAddress from "../../../SocketAddress.ts"
import { trustedInet } from "../../address/index.ts"

type Inet = SocketAddress.Inet

const prefix = "::ffff:"

const withHost = (address: Inet, host: string): Inet => trustedInet(host, address.port)

export const isMapped = ({ host }: Inet): boolean => host.startsWith(prefix) && host.includes(".")

/** An IPv4 address that is written as an IPv6 one is an IPv4 address. */
export const unmapped = (address: Inet): Inet =>
  isMapped(address) ? withHost(address, address.host.slice(prefix.length)) : address

export const mapped = (address: Inet): Inet =>
  address.family === "IPv4" ? withHost(address, `${prefix}${address.host}`) : address

export const isAnywhere = (host: string): boolean => host === "0.0.0.0" || host === "::"

export const isLoopback = (host: string): boolean => host === "::1" || /^127\./.test(host)

/** Where a connect to an address goes: to "any address" of this host is to its loopback. */
export const destinationOf = (asked: Inet): Inet => {
  const address = unmapped(asked)
  if (!isAnywhere(address.host)) return address
  return withHost(address, address.family === "IPv4" ? "127.0.0.1" : "::1")
}

/** What a listener is bound to: `::` takes IPv4 too, unless it was told not to. */
export interface Binding {
  readonly address: Inet
  readonly ipv6Only: boolean
}

/** Whether what is bound takes what is meant for `address`, be it all that `address` stands for. */
export const takes = (binding: Binding, address: Inet): boolean => {
  const [bound, asked] = [unmapped(binding.address), unmapped(address)]
  if (bound.port !== asked.port) return false
  if (bound.host === asked.host) return true
  return isAnywhere(bound.host) && (bound.family === asked.family || (bound.family === "IPv6" && !binding.ipv6Only))
}

/** Whether the two cannot be bound at once. */
export const collide = (one: Binding, other: Binding): boolean => takes(one, other.address) || takes(other, one.address)
