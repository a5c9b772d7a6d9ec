/**
 * What the handshake of a connection negotiated. It is kept for the connection and not only in its first socket, because
 * `Socket.withTimeouts` makes another socket for the same connection.
 *
 * @internal
 */
import * as Option from "effect/Option"
import { bareOf, type Connection, connectionIn } from "../stream/index.ts"
import type { Info } from "./model.ts"

const infos = new WeakMap<Connection, Info>()

export const setInfo = (connection: Connection, info: Info): void => {
  infos.set(bareOf(connection), info)
}

export const infoOf = (socket: unknown): Option.Option<Info> =>
  Option.fromNullable(infos.get(bareOf(connectionIn(socket))))
