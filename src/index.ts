/**
 * Berkeley sockets for Effect.
 *
 * Some modules are not exported here. They have their own import path, such as `effect-sockets/NodeNetwork`, so that a
 * program loads only the modules that it uses. `NodeNetwork`, `NodeTls` and `TestCertificates` load Node's modules.
 * `SocketSchema` loads `effect/Schema`. `SimulatedNetwork`, `Fault`, `Latency`, `TestServer`, `TestCertificates` and
 * `Conformance` are for tests.
 *
 * @since 0.1.0
 */
export * as Client from "./Client.ts"
export * as Encoding from "./Encoding.ts"
export * as Framing from "./Framing.ts"
export * as Listener from "./Listener.ts"
export * as Names from "./Names.ts"
export * as Network from "./Network.ts"
export * as Pump from "./Pump.ts"
export * as Server from "./Server.ts"
export * as Socket from "./Socket.ts"
export * as SocketAddress from "./SocketAddress.ts"
export * as SocketError from "./SocketError.ts"
export * as Tls from "./Tls.ts"
