/**
 * The address of a peer as text.
 */
import * as SocketAddress from "../../SocketAddress.ts"

/**
 * Returns `unknown` for a client that reset before the system could tell its address. No peer has port 0, so the
 * address of such a client has it.
 */
export const peerText = (address: SocketAddress.Resolved): string =>
  address._tag === "Inet" && address.port === 0 ? "unknown" : SocketAddress.format(address)
