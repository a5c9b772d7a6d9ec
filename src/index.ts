/**
 * Berkeley sockets for Effect. `NodeNetwork`, which loads Node's modules, has its own path.
 *
 * @since 0.1.0
 */
export * as Client from "./Client.ts"
export * as Conformance from "./Conformance.ts"
export * as Encoding from "./Encoding.ts"
export * as Fault from "./Fault.ts"
export * as Framing from "./Framing.ts"
export * as Latency from "./Latency.ts"
export * as Listener from "./Listener.ts"
export * as Names from "./Names.ts"
export * as Network from "./Network.ts"
export * as Pump from "./Pump.ts"
export * as Server from "./Server.ts"
export * as SimulatedNetwork from "./SimulatedNetwork.ts"
export * as Socket from "./Socket.ts"
export * as SocketAddress from "./SocketAddress.ts"
export * as SocketError from "./SocketError.ts"
export * as TestServer from "./TestServer.ts"
