/**
 * The implementation of `Socket`: a thin object over a `Connection`.
 *
 * @internal
 */
import * as Inspectable from "effect/Inspectable"
import * as Pipeable from "effect/Pipeable"
import type * as Encoding from "../../Encoding.ts"
import { format } from "../address/index.ts"
import type { Step } from "../receive/index.ts"
import type { Buffers } from "../send/index.ts"
import { decodeTimeouts, type Timeouts } from "../waiting/index.ts"
import * as receives from "./receives.ts"
import * as streams from "./streams.ts"
import { timed } from "./timed.ts"
import { type Connection, connectionOf, type Transport } from "./transport.ts"
import { type Wrapper, wrap as wrapConnection } from "./wrap.ts"

/**
 * The symbol that marks a value as a `Socket`.
 *
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("effect-sockets/Socket")

/**
 * The type of `TypeId`.
 *
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * The class of all sockets. Its public type is `Socket` in `Socket.ts`. The class does not name that type, because then
 * the two files would import each other.
 */
export class SocketImpl extends Inspectable.Class {
  readonly [TypeId]: typeof TypeId = TypeId
  readonly connection: Connection
  constructor(connection: Connection) {
    super()
    this.connection = connection
  }
  get localAddress() {
    return this.connection.localAddress
  }
  get remoteAddress() {
    return this.connection.remoteAddress
  }
  recv(bufsize: number) {
    return this.connection.recv(bufsize)
  }
  recvWith<A, E>(step: Step<A, E>) {
    return this.connection.recvWith(step)
  }
  peekFull(bytes: number) {
    return receives.peekFull(this.connection, bytes)
  }
  recvExactly(bytes: number) {
    return receives.recvExactly(this.connection, bytes)
  }
  recvText(bufsize: number, options?: Encoding.Encoding | receives.TextOptions) {
    return receives.recvText(this.connection, bufsize, receives.textOptions(options))
  }
  recvUntil(delimiter: Uint8Array | string, options?: receives.UntilOptions) {
    return receives.recvUntil(this.connection, delimiter, options)
  }
  recvLine(options?: Encoding.Encoding | receives.LineOptions) {
    return receives.recvLine(this.connection, receives.textOptions(options))
  }
  recvAll(options?: { readonly limit?: number | undefined }) {
    return receives.recvAll(this.connection, options)
  }
  recvInto(buffer: Uint8Array) {
    return receives.recvInto(this.connection, buffer)
  }
  discard(bytes: number) {
    return receives.discard(this.connection, bytes)
  }
  get stream() {
    return streams.stream(this.connection)
  }
  lines(options?: Encoding.Encoding | receives.LineOptions) {
    return streams.lines(this.connection, receives.textOptions(options))
  }
  sendAll(buffers: Buffers) {
    return this.connection.sendAll(buffers)
  }
  sendText(text: string, options?: Encoding.Encoding | { readonly encoding?: Encoding.Encoding | undefined }) {
    return receives.sendText(this.connection, text, receives.textOptions(options)?.encoding ?? "utf-8")
  }
  get sink() {
    return streams.sink(this.connection)
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
  pipe() {
    // biome-ignore lint/complexity/noArguments: how Pipeable is implemented
    return Pipeable.pipeArguments(this, arguments)
  }
  toJSON() {
    return {
      _id: "effect-sockets/Socket",
      localAddress: format(this.localAddress),
      remoteAddress: format(this.remoteAddress)
    }
  }
}

/** Returns the connection of a socket. Throws if this library did not make the value. */
export const connectionIn = (socket: unknown): Connection => {
  if (socket instanceof SocketImpl) return socket.connection
  throw new TypeError("this value is not a Socket of effect-sockets; make one with Socket.fromWire")
}

export const make = (transport: Transport): SocketImpl => new SocketImpl(connectionOf(transport))

export const withTimeouts = (socket: unknown, timeouts: Timeouts): SocketImpl =>
  new SocketImpl(timed(connectionIn(socket), decodeTimeouts(timeouts)))

export const wrap = (socket: unknown, wrapper: Wrapper): SocketImpl =>
  new SocketImpl(wrapConnection(connectionIn(socket), wrapper))

export const channel = <IE>(socket: unknown) => streams.channel<IE>(connectionIn(socket))
