/**
 * The parts of the driver for Node's network: wires over `net.Socket`, listening, names, interfaces and descriptors.
 *
 * @internal
 */
export { descriptors } from "./descriptors.ts"
export { dial, dialWithin } from "./dial.ts"
export { gather, keep } from "./gather.ts"
export type { LentHandle } from "./handle.ts"
export { interfaces } from "./interfaces.ts"
export { listen, listenFd } from "./listen.ts"
export { hostname, resolve, reverse, services } from "./names.ts"
export { type Borrower, NodeWire } from "./wire.ts"
