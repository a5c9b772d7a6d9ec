/**
 * One connection: the wire that carries its bytes, the transport on the wire, and the socket that users call.
 *
 * @internal
 */
export { foreign } from "./foreign.ts"
export { isComplete, type OnFailure, own, ownLater } from "./own.ts"
export {
  invalidBufsize,
  type LineOptions,
  type TextOptions,
  textStep,
  type UntilOptions
} from "./receives.ts"
export { channel, connectionIn, SocketImpl, TypeId, withTimeouts, wrap } from "./socket.ts"
export { arrival, bufsize } from "./streams.ts"
export { bareOf, withTimeoutsOf } from "./timed.ts"
export type { Connection, Stats, Transport } from "./transport.ts"
export type { Failure, Feed, FullWire, Wire, WireOptions } from "./wire.ts"
export { type ConnectionSettings, settingsOf, type Tap, WireTransport } from "./wireTransport.ts"
export type { Wrapper } from "./wrap.ts"
