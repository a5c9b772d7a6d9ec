/**
 * A connection with timeouts: it passes the timeouts to each receive and each send.
 *
 * @internal
 */
import type { RecvObserver, Step } from "../receive/index.ts"
import type { Buffers, SendObserver } from "../send/index.ts"
import { type DecodedTimeouts, SocketTimeouts } from "../waiting/index.ts"
import { type Connection, TransportTypeId } from "./transport.ts"

/**
 * Adds timeouts to a connection. This layer is always the outermost. `withTimeouts` replaces it, and `wrap` adds a
 * layer below it.
 */
export class TimedConnection implements Connection {
  readonly [TransportTypeId]: typeof TransportTypeId = TransportTypeId
  readonly connection: Connection
  private readonly timeouts: SocketTimeouts
  private readonly ofReceives: SocketTimeouts | undefined
  private readonly ofSends: SocketTimeouts | undefined
  constructor(connection: Connection, timeouts: SocketTimeouts) {
    this.connection = connection
    this.timeouts = timeouts
    this.ofReceives = timeouts.timesReceives ? timeouts : undefined
    this.ofSends = timeouts.timesSends ? timeouts : undefined
  }
  /** Returns a connection that adds the same timeouts to `connection`. */
  on(connection: Connection): TimedConnection {
    return new TimedConnection(connection, this.timeouts)
  }
  get localAddress() {
    return this.connection.localAddress
  }
  get remoteAddress() {
    return this.connection.remoteAddress
  }
  recv(bufsize: number, _timeouts?: SocketTimeouts, observer?: RecvObserver) {
    return this.connection.recv(bufsize, this.ofReceives, observer)
  }
  recvWith<A, E>(step: Step<A, E>, _timeouts?: SocketTimeouts, observer?: RecvObserver) {
    return this.connection.recvWith(step, this.ofReceives, observer)
  }
  sendAll(buffers: Buffers, _timeouts?: SocketTimeouts, observer?: SendObserver) {
    return this.connection.sendAll(buffers, this.ofSends, observer)
  }
  get shutdownSend() {
    return this.connection.shutdownSend
  }
  get close() {
    return this.connection.close
  }
  get abort() {
    return this.connection.abort
  }
  get awaitEnd() {
    return this.connection.awaitEnd
  }
  get stats() {
    return this.connection.stats
  }
}

/** The connection without its timeouts. */
export const bareOf = (connection: Connection): Connection =>
  connection instanceof TimedConnection ? connection.connection : connection

/** Gives a connection the timeouts of another one. */
export const withTimeoutsOf = (other: Connection, connection: Connection): Connection =>
  other instanceof TimedConnection ? other.on(connection) : connection

/** Replaces all timeouts of the connection with these. `undefined` removes them. */
export const timed = (connection: Connection, timeouts: DecodedTimeouts | undefined): Connection => {
  const bare = bareOf(connection)
  return timeouts === undefined ? bare : new TimedConnection(bare, new SocketTimeouts(timeouts))
}
