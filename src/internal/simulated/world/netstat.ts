/**
 * What listens and what is connected, as `netstat` shows it.
 *
 * @internal
 */
import type * as SocketAddress from "../../../SocketAddress.ts"
import { format } from "../../address/index.ts"
import type { World } from "./world.ts"

/**
 * A socket of a simulated world.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  readonly host: string
  /** `LISTEN`, `ESTABLISHED`, `CLOSE-WAIT` (the peer has ended), `FIN-WAIT` (we have), `LAST-ACK` (both), `CLOSED`. */
  readonly state: string
  readonly localAddress: SocketAddress.SocketAddress
  /** None of a listener. */
  readonly remoteAddress: SocketAddress.SocketAddress | undefined
  /** Arrived and not yet read, in bytes. */
  readonly unread: number
  /** Written and not yet accepted, in bytes. */
  readonly unsent: number
  /** In milliseconds. */
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

/** Columns as wide as they must be. */
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
