/**
 * The socket that users hold: a transport, and what is built of it.
 *
 * @internal
 */
import * as Inspectable from "effect/Inspectable"
import * as Pipeable from "effect/Pipeable"
import type * as Encoding from "../../Encoding.ts"
import { format } from "../address/address.ts"
import type { Step } from "../receive/step.ts"
import { decodeTimeouts, type Timeouts } from "../waiting/timeouts.ts"
import { lines } from "./lines.ts"
import * as steps from "./steps.ts"
import * as streams from "./streams.ts"
import type { Transport } from "./transport.ts"
import { held } from "./view.ts"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("effect-sockets/Socket")

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/** `Socket.make` gives it its public type: were that named here, the two files would need each other. */
export class SocketImpl extends Inspectable.Class {
  readonly [TypeId]: typeof TypeId = TypeId
  readonly transport: Transport
  constructor(transport: Transport) {
    super()
    this.transport = transport
  }
  get localAddress() {
    return this.transport.localAddress
  }
  get remoteAddress() {
    return this.transport.remoteAddress
  }
  recv(bufsize: number) {
    return this.transport.recv(bufsize)
  }
  recvWith<A, E>(step: Step<A, E>) {
    return this.transport.recvWith(step)
  }
  peekFull(bufsize: number) {
    return steps.peekFull(this.transport, bufsize)
  }
  recvExactly(bytes: number) {
    return steps.recvExactly(this.transport, bytes)
  }
  recvText(
    bufsize: number,
    encoding?: Encoding.Encoding,
    options?: { readonly onInvalid?: Encoding.OnInvalid | undefined }
  ) {
    return steps.recvText(this.transport, bufsize, encoding ?? "utf-8", options?.onInvalid)
  }
  recvUntil(delimiter: Uint8Array | string, options?: steps.UntilOptions) {
    return steps.recvUntil(this.transport, delimiter, options)
  }
  recvLine(options?: steps.LineOptions) {
    return steps.recvLine(this.transport, options)
  }
  recvAll(options?: { readonly limit?: number | undefined }) {
    return steps.recvAll(this.transport, options)
  }
  recvInto(buffer: Uint8Array) {
    return steps.recvInto(this.transport, buffer)
  }
  discard(bytes: number) {
    return steps.discard(this.transport, bytes)
  }
  get stream() {
    return streams.stream(this.transport)
  }
  lines(options?: steps.LineOptions) {
    return lines(this.transport, options)
  }
  sendAll(bytes: Uint8Array | ReadonlyArray<Uint8Array>) {
    return this.transport.sendAll(bytes)
  }
  sendText(text: string, encoding?: Encoding.Encoding) {
    return steps.sendText(this.transport, text, encoding ?? "utf-8")
  }
  get sink() {
    return streams.sink(this.transport)
  }
  channel<IE = never>() {
    return streams.channel<IE>(this.transport)
  }
  get shutdownSend() {
    return this.transport.shutdownSend
  }
  get close() {
    return this.transport.close
  }
  get abort() {
    return this.transport.abort
  }
  get awaitEnd() {
    return this.transport.awaitEnd
  }
  get stats() {
    return this.transport.stats
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

/** What somebody else made of a socket is a transport as well. */
const transportOf = (socket: Transport): Transport => (socket instanceof SocketImpl ? socket.transport : socket)

export const withTimeouts = (socket: Transport, timeouts: Timeouts): SocketImpl =>
  new SocketImpl(held(transportOf(socket), decodeTimeouts(timeouts)))
