/**
 * Checks the zone of a link-local address. If the zone is missing or unknown, Node 26 connects through an interface of
 * its own choice, and older versions fail with `EINVAL`. This file refuses such an address before anything is sent.
 *
 * @internal
 */
import type * as SocketAddress from "../../SocketAddress.ts"
import { isLinkLocal, trustedInet } from "../address/index.ts"
import { listInterfaces } from "./interfaces.ts"

const isWindows = process.platform === "win32"

/**
 * Matches the names of interfaces that Node accepts in an address. Linux also allows names with other characters, such
 * as `_`.
 */
const acceptedByNode = /^[0-9A-Za-z.-]+$/

/**
 * Returns the address with its zone in the form that Node needs: on Windows a number, on other systems a name, because
 * only some versions of Node read a number there. If Node cannot use the zone, returns `undefined`.
 */
const named = ({ host, port, zone }: SocketAddress.Inet): SocketAddress.Inet | undefined => {
  const known = listInterfaces()
  const found = known.find(({ name }) => name === zone) ?? known.find(({ index }) => `${index}` === zone)
  return found && (isWindows || acceptedByNode.test(found.name))
    ? trustedInet(`${host}%${isWindows ? found.index : found.name}`, port)
    : undefined
}

/**
 * Returns a link-local IPv6 address with a zone that Node understands, and any other address unchanged. If the zone of
 * a link-local address is missing or is not a network interface that Node can use, returns `undefined`.
 */
export const withZone = (address: SocketAddress.Resolved): SocketAddress.Resolved | undefined =>
  address._tag === "Inet" && address.family === "IPv6" && isLinkLocal(address.host) ? named(address) : address

/** The error of the operating system for a network interface that does not exist. */
export const noInterface = { code: "ENODEV" } as const
