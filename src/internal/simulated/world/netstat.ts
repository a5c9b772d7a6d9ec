/**
 * The listeners and connections of a world, as `netstat` shows them.
 *
 * @internal
 */
import type * as SocketAddress from "../../../SocketAddress.ts"
import { format } from "../../address/index.ts"
import type { World } from "./world.ts"

/**
 * A socket of a simulated world: a listener or one end of a connection.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  /** The name of the host. */
  readonly host: string
  /**
   * The state of the socket:
   * - `LISTEN`: a listener.
   * - `ESTABLISHED`: neither end has ended its half.
   * - `CLOSE-WAIT`: the peer has ended its half.
   * - `FIN-WAIT`: this end has ended its half.
   * - `LAST-ACK`: both ends have ended their halves.
   * - `CLOSED`: the connection is broken.
   */
  readonly state: string
  /** The address of this end, or the address of the listener. */
  readonly localAddress: SocketAddress.SocketAddress
  /** The address of the other end. Undefined for a listener. */
  readonly remoteAddress: SocketAddress.SocketAddress | undefined
  /** Bytes that have arrived and that the library has not read yet. */
  readonly unread: number
  /** Bytes that the library has written and that the system has not accepted yet. */
  readonly unsent: number
  /** How long the socket has existed, in milliseconds. */
  readonly age: number
}

export const netstatOf = (world: World): ReadonlyArray<Connection> =>
  world.all.flatMap(host => [
    ...host.listening.map(
      (listening): Connection => ({
        host: host.name,
        state: "LISTEN",
        localAddress: listening.address,
        remoteAddress: undefined,
        unread: 0,
        unsent: 0,
        age: world.timeline.time - listening.opened
      })
    ),
    ...Array.from(
      host.endpoints,
      (one): Connection => ({
        host: host.name,
        state: one.state,
        localAddress: one.localAddress,
        remoteAddress: one.remoteAddress,
        unread: one.bytesUnread,
        unsent: one.bytesUnsent,
        age: world.timeline.time - one.opened
      })
    )
  ])

const heads = ["host", "state", "local", "remote", "unread", "unsent", "age"]

/** Formats sockets as a table. Each column is as wide as its longest cell. */
export const formatNetstat = (connections: ReadonlyArray<Connection>): string => {
  const rows = connections.map(({ age, host, localAddress, remoteAddress, state, unread, unsent }) => [
    host,
    state,
    format(localAddress),
    remoteAddress === undefined ? "*" : format(remoteAddress),
    `${unread}`,
    `${unsent}`,
    `${age} ms`
  ])
  const widths = heads.map((head, i) => rows.reduce((width, row) => Math.max(width, row[i]!.length), head.length))
  return [heads, ...rows]
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}
