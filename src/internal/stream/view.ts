/**
 * A view of a connection: the same transport, told with each receive and each send what limits it is held to.
 *
 * @internal
 */
import type { Step } from "../receive/step.ts"
import { HeldLimits, type ReadLimits } from "../waiting/limits.ts"
import type { Transport } from "./transport.ts"

class View implements Transport {
  readonly of: Transport
  private readonly receives: HeldLimits | undefined
  private readonly sends: HeldLimits | undefined
  constructor(of: Transport, limits: HeldLimits) {
    this.of = of
    this.receives = limits.limitReceives ? limits : undefined
    this.sends = limits.limitSends ? limits : undefined
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
  receive<A, E>(step: Step<A, E>) {
    return this.of.receive(step, this.receives)
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

/** Held to these limits, and to no others that it was held to before. */
export const held = (transport: Transport, limits: ReadLimits | undefined): Transport => {
  const whole = transport instanceof View ? transport.of : transport
  return limits === undefined ? whole : new View(whole, new HeldLimits(limits))
}
