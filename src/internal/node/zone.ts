/**
 * The zone of a link-local address. If the zone is missing or unknown, Node 26 connects through an interface of its own
 * choice, and older versions fail with `EINVAL`. This file refuses such an address before anything is sent.
 *
 * @internal
 */
import type * as SocketAddress from "../../SocketAddress.ts"
import { isLinkLocal, trustedInet } from "../address/index.ts"
import { listInterfaces } from "./interfaces.ts"

const isWindows = process.platform === "win32"

/** Matches the names of interfaces that Node accepts in an address. Linux allows other characters, such as `_`. */
const acceptedByNode = /^[0-9A-Za-z.-]+$/

/**
 * On Windows, the zone must be a number. On other systems, it must be a name: only some versions of Node read a number.
 */
const named = ({ host, port, zone }: SocketAddress.Inet): SocketAddress.Inet | undefined => {
  const known = listInterfaces()
  const found = known.find(({ name }) => name === zone) ?? known.find(({ index }) => `${index}` === zone)
  return found && (isWindows || acceptedByNode.test(found.name))
    ? trustedInet(`${host}%${isWindows ? found.index : found.name}`, port)
    : undefined
}

/**
 * Returns the address with a zone that Node understands. If the address is link-local and its zone is missing or is no
 * network interface that Node can address, returns `undefined`.
 */
export const withZone = (address: SocketAddress.Resolved): SocketAddress.Resolved | undefined =>
  address._tag === "Inet" && address.family === "IPv6" && isLinkLocal(address.host) ? named(address) : address

/** The error of the operating system for a network interface that does not exist. */
export const noInterface = { code: "ENODEV" } as const
