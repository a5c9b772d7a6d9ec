/**
 * Addresses as a kernel compares them: mapped addresses, wildcard addresses, loopback addresses, and bindings.
 *
 * @internal
 */
import type * as SocketAddress from "../../../SocketAddress.ts"
import { isMapped, trustedInet } from "../../address/index.ts"

type Inet = SocketAddress.Inet

const prefix = "::ffff:"

const withHost = (address: Inet, host: string): Inet => trustedInet(host, address.port)

/**
 * Converts an IPv4 address that is mapped to IPv6 (`::ffff:127.0.0.1`) back to IPv4. Returns other addresses unchanged.
 */
export const unmapped = (address: Inet): Inet =>
  isMapped(address.host) ? withHost(address, address.host.slice(prefix.length)) : address

export const mapped = (address: Inet): Inet =>
  address.family === "IPv4" ? withHost(address, `${prefix}${address.host}`) : address

export const isAnywhere = (host: string): boolean => host === "0.0.0.0" || host === "::"

export const isLoopback = (host: string): boolean => host === "::1" || /^127\./.test(host)

/**
 * Returns the address that a connect reaches. A connect to a wildcard address reaches the loopback address of the host.
 */
export const destinationOf = (asked: Inet): Inet => {
  const address = unmapped(asked)
  if (!isAnywhere(address.host)) return address
  return withHost(address, address.family === "IPv4" ? "127.0.0.1" : "::1")
}

/** The address to which a listener is bound. A listener on `::` accepts IPv4 too, unless `ipv6Only` is true. */
export interface Binding {
  readonly address: Inet
  readonly ipv6Only: boolean
}

/** True if the binding covers `address`, which may itself be a wildcard address. */
export const takes = (binding: Binding, address: Inet): boolean => {
  const [bound, asked] = [unmapped(binding.address), unmapped(address)]
  if (bound.port !== asked.port) return false
  if (bound.host === asked.host) return true
  return isAnywhere(bound.host) && (bound.family === asked.family || (bound.family === "IPv6" && !binding.ipv6Only))
}

/** True if two listeners cannot have these bindings at the same time. */
export const collide = (one: Binding, other: Binding): boolean => takes(one, other.address) || takes(other, one.address)
