/**
 * A view of a connection: the same transport, told with each receive and each send what timeouts it is held to.
 *
 * @internal
 */
import type { Step } from "../receive/step.ts"
import { type DecodedTimeouts, SocketTimeouts } from "../waiting/timeouts.ts"
import type { Transport } from "./transport.ts"

class View implements Transport {
  readonly of: Transport
  private readonly receives: SocketTimeouts | undefined
  private readonly sends: SocketTimeouts | undefined
  constructor(of: Transport, timeouts: SocketTimeouts) {
    this.of = of
    this.receives = timeouts.timesReceives ? timeouts : undefined
    this.sends = timeouts.timesSends ? timeouts : undefined
  }
  get localAddress() {
    return this.of.localAddress
  }
  get remoteAddress() {
    return this.of.remoteAddress
  }
  recv(bufsize: number) {
    return this.of.recv(bufsize, this.receives)
  }
  recvWith<A, E>(step: Step<A, E>) {
    return this.of.recvWith(step, this.receives)
  }
  sendAll(bytes: Uint8Array | ReadonlyArray<Uint8Array>) {
    return this.of.sendAll(bytes, this.sends)
  }
  get shutdownSend() {
    return this.of.shutdownSend
  }
  get close() {
    return this.of.close
  }
  get abort() {
    return this.of.abort
  }
  get awaitEnd() {
    return this.of.awaitEnd
  }
  get stats() {
    return this.of.stats
  }
}

/** Held to these timeouts, and to no others that it was held to before. */
export const held = (transport: Transport, timeouts: DecodedTimeouts | undefined): Transport => {
  const whole = transport instanceof View ? transport.of : transport
  return timeouts === undefined ? whole : new View(whole, new SocketTimeouts(timeouts))
}
