/**
 * Lists the network interfaces. Node's own list has only interfaces with an address. On Linux, `/proc` lists all
 * interfaces and most of their numbers, so this file reads it too. `/sys` is not used, because it may show another
 * network namespace.
 *
 * @internal
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as Effect from "effect/Effect"
import type { Driver, Interface, InterfaceAddress } from "../connect/index.ts"

const lines = (file: string): ReadonlyArray<string> => {
  try {
    return fs.readFileSync(`/proc/self/net/${file}`, "utf8").split("\n")
  } catch {
    return []
  }
}

/** Returns the names of all network interfaces of Linux, with or without an address. */
const links = (): ReadonlyArray<string> => lines("dev").flatMap(line => /^\s*(\S+):/.exec(line)?.[1] ?? [])

/**
 * Returns the numbers of network interfaces of Linux, by name: the numbers in the lists of multicast groups and of IPv6
 * addresses.
 */
const numbers = (): ReadonlyMap<string, number> => {
  const groups = [...lines("igmp"), ...lines("dev_mcast")].flatMap(line => {
    const [, index, name] = /^(\d+)\s+(\S+)/.exec(line) ?? []
    return name === undefined ? [] : [[name, Number(index)] as const]
  })
  const addresses = lines("if_inet6").flatMap(line => {
    const [, index, name] = /^[\da-f]{32} ([\da-f]+) .* (\S+)$/.exec(line) ?? []
    return name === undefined ? [] : [[name, Number.parseInt(index!, 16)] as const]
  })
  return new Map([...groups, ...addresses])
}

/** Returns the number of a network interface: the zone of its link-local address. Used if `/proc` has no number. */
const zoneOf = (addresses: ReadonlyArray<os.NetworkInterfaceInfo>): number | undefined =>
  addresses.flatMap(info => (info.family === "IPv6" && info.scopeid > 0 ? [info.scopeid] : []))[0]

const addressOf =
  (name: string) =>
  (info: os.NetworkInterfaceInfo): InterfaceAddress => ({
    family: info.family,
    host: info.family === "IPv6" && info.scopeid > 0 ? `${info.address}%${name}` : info.address,
    prefix: Number(info.cidr?.split("/")[1])
  })

/**
 * Returns the interfaces that have an address. If Node throws, for example because no descriptor is left, returns no
 * interface.
 */
const withAddresses = (): NodeJS.Dict<Array<os.NetworkInterfaceInfo>> => {
  try {
    return os.networkInterfaces()
  } catch {
    return {}
  }
}

export const listInterfaces = (): ReadonlyArray<Interface> => {
  const known = withAddresses()
  const indices = numbers()
  return Array.from(new Set([...links(), ...Object.keys(known)]), (name): Interface => {
    const addresses = known[name] ?? []
    return { name, index: indices.get(name) ?? zoneOf(addresses), addresses: addresses.map(addressOf(name)) }
  }).sort((a, b) => (a.index ?? Number.MAX_SAFE_INTEGER) - (b.index ?? Number.MAX_SAFE_INTEGER))
}

export const interfaces: NonNullable<Driver["interfaces"]> = Effect.sync(listInterfaces)
