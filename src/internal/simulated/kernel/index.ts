/**
 * The kernel of a simulated host: its ports, its sockets and the states of TCP.
 *
 * @internal
 */
export { destinationOf, isAnywhere, isLoopback, mapped, unmapped } from "./addresses.ts"
export { type Circuit, dying } from "./circuit.ts"
export { Endpoint } from "./endpoint.ts"
export { Host, type ListeningSocket } from "./host.ts"
export { connectionOn } from "./wire.ts"
