/**
 * The zone of a link-local address. If it is missing, or if Node does not know it, Node 26 connects through an interface
 * of its own choice, and older versions fail with `EINVAL`. Here both are refused before anything is sent.
 *
 * @internal
 */
import type * as SocketAddress from "../../SocketAddress.ts"
import { isLinkLocal, trustedInet } from "../address/index.ts"
import { listInterfaces } from "./interfaces.ts"

/** Windows reads a number as the zone. Other systems read a name, and a number only in some versions of Node. */
const named = ({ host, port, zone }: SocketAddress.Inet): SocketAddress.Inet | undefined => {
  const known = listInterfaces()
  const found = known.find(({ name }) => name === zone) ?? known.find(({ index }) => `${index}` === zone)
  return found && trustedInet(`${host}%${process.platform === "win32" ? found.index : found.name}`, port)
}

/**
 * Returns the address with a zone that Node understands. Returns `undefined` if the address is link-local and its zone
 * is missing or is no network interface of this machine.
 */
export const withZone = (address: SocketAddress.Resolved): SocketAddress.Resolved | undefined =>
  address._tag === "Inet" && address.family === "IPv6" && isLinkLocal(address.host) ? named(address) : address

/** The error of the operating system for a network interface that does not exist. */
export const noInterface = { code: "ENODEV" } as const
