/**
 * Broken transports, made from the good one. Each breaks a promise of the contract.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Conformance from "../../../src/Conformance.ts"
import { type Connection, connectionOf, TransportTypeId } from "../../../src/internal/stream/transport.ts"
import * as Network from "../../../src/Network.ts"
import type * as Socket from "../../../src/Socket.ts"
import { driver, tcp } from "../transports.ts"

export interface Broken {
  /** What is wrong with it: the rest of a sentence that begins "a transport that". */
  readonly wrong: string
  /** The title of the property that must catch it. */
  readonly caughtBy: string
  /** The message with which the property must fail. */
  readonly saying: RegExp
  readonly statement: Conformance.Statement
}

/** Short, because a broken transport that hangs never finishes. */
const timeout = "3 seconds"

/** TCP with this driver. */
export const onDriver = (broken: Network.Driver): Conformance.Statement => ({
  ...tcp,
  timeout,
  layer: Layer.succeed(Network.Network, Network.make(broken)),
  names: Conformance.names(broken)
})

/** TCP with this service, which is made from the good one. */
export const onService = (breaks: (good: Network.Service) => Network.Service): Conformance.Statement => {
  const broken = (layer: Layer.Layer<Network.Network>) =>
    Layer.provide(Layer.effect(Network.Network, Effect.map(Network.Network, breaks)), layer)
  const names = Conformance.names(driver)
  return {
    ...tcp,
    timeout,
    layer: broken(tcp.layer),
    names: { ...names, layer: (addresses, silent) => broken(names.layer(addresses, silent)) }
  }
}

/** The good connection, with some of its members replaced. */
const like = (good: Connection, broken: Partial<Connection>): Connection => ({
  [TransportTypeId]: TransportTypeId,
  localAddress: good.localAddress,
  remoteAddress: good.remoteAddress,
  recv: (...how) => good.recv(...how),
  recvWith: (...how) => good.recvWith(...how),
  sendAll: (...how) => good.sendAll(...how),
  shutdownSend: Effect.suspend(() => good.shutdownSend),
  close: good.close,
  abort: good.abort,
  awaitEnd: Effect.suspend(() => good.awaitEnd),
  stats: good.stats,
  ...broken
})

const broken = (transport: Socket.Transport, breaks: (good: Connection) => Partial<Connection>): Connection => {
  const good = connectionOf(transport)
  return like(good, breaks(good))
}

/** A driver whose connections are broken in this way at both ends. */
export const driverOf = (breaks: (good: Connection) => Partial<Connection>): Network.Driver => ({
  ...driver,
  dial: (address, options, own) => driver.dial(address, options, transport => own(broken(transport, breaks))),
  listen: (address, options) =>
    Effect.map(driver.listen(address, options), acceptor => ({
      ...acceptor,
      accept: Effect.map(acceptor.accept, take => () => broken(take(), breaks))
    }))
})

export const onTransport = (breaks: (good: Connection) => Partial<Connection>): Conformance.Statement =>
  onDriver(driverOf(breaks))

/** Returns the bytes of a `sendAll` as one buffer. */
export const whole = (bytes: Uint8Array | ReadonlyArray<Uint8Array>): Uint8Array =>
  bytes instanceof Uint8Array ? bytes : Buffer.concat(bytes)
