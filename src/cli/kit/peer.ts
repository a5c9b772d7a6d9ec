/**
 * The address of a peer as text.
 */
import * as SocketAddress from "../../SocketAddress.ts"

/**
 * Returns the address of a peer as text. If a client resets before the system can tell its address, its address has
 * port 0. Then this returns `unknown`.
 */
export const peerText = (address: SocketAddress.Resolved): string =>
  address._tag === "Inet" && address.port === 0 ? "unknown" : SocketAddress.format(address)
