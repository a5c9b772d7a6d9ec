/**
 * Node's network as a driver: wires over `net.Socket`, listening, names and interfaces.
 *
 * @internal
 */
export { descriptors } from "./descriptors.ts"
export { dial, dialWithin } from "./dial.ts"
export { interfaces } from "./interfaces.ts"
export { listen, listenFd } from "./listen.ts"
export { hostname, resolve, reverse, services } from "./names.ts"
