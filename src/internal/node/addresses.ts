/**
 * Converts the addresses of Node's sockets to `SocketAddress`.
 *
 * @internal
 */
import type * as net from "node:net"
import * as SocketAddress from "../../SocketAddress.ts"
import { trustedInet } from "../address/index.ts"

/** The address that is reported if a connection was reset before its real address could be read. */
const unknown = trustedInet("0.0.0.0", 0)

export const inetOf = (host: string | undefined, port: number | undefined): SocketAddress.Inet =>
  host === undefined || port === undefined ? unknown : trustedInet(host, port)

export const localAddressOf = (socket: net.Socket, remote: SocketAddress.Resolved): SocketAddress.Resolved =>
  remote._tag === "Unix" ? SocketAddress.unixUnnamed : inetOf(socket.localAddress, socket.localPort)

/** Returns the addresses of both ends of an accepted connection. */
export const acceptedOf = (
  socket: net.Socket,
  listening: SocketAddress.Resolved
): readonly [local: SocketAddress.Resolved, remote: SocketAddress.Resolved] =>
  listening._tag === "Unix"
    ? [listening, SocketAddress.unixUnnamed]
    : [inetOf(socket.localAddress, socket.localPort), inetOf(socket.remoteAddress, socket.remotePort)]

export const listeningOf = (server: net.Server, asked: SocketAddress.Resolved): SocketAddress.Resolved => {
  const bound = server.address()
  return asked._tag === "Unix" || bound === null || typeof bound === "string"
    ? asked
    : inetOf(bound.address, bound.port)
}
