/**
 * The address of a peer as text.
 */
import * as SocketAddress from "../../SocketAddress.ts"

/**
 * Returns the address of a peer. Returns `unknown` for a client that reset before the system could tell its address.
 * The address of such a client has port 0, which no peer has.
 */
export const peerText = (address: SocketAddress.Resolved): string =>
  address._tag === "Inet" && address.port === 0 ? "unknown" : SocketAddress.format(address)
