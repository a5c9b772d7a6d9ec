/**
 * Connecting and listening: the driver of a platform, names, the options, and the race of addresses (Happy Eyeballs).
 *
 * @internal
 */
export { connect } from "./connect.ts"
export type {
  BoundOptions,
  Descriptors,
  DialOptions,
  Driver,
  Interface,
  InterfaceAddress,
  PortName,
  StreamOptions
} from "./driver.ts"
export { listen, listenFd } from "./listen.ts"
export { lookup, resolve, reverse } from "./names.ts"
export {
  type ConnectionOptions,
  type ConnectOptions,
  defaultTimeout,
  type KeepAlive,
  type ListenOptions,
  type ResolveOptions
} from "./options.ts"
export { protocols } from "./protocols.ts"
export { parse, wellKnown } from "./services.ts"
export { reachable, type TargetError, withAddress } from "./target.ts"
