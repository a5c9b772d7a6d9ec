/**
 * Exports the links between hosts: their latency, bandwidth and loss, retransmission, and how faults change the links.
 *
 * @internal
 */
export { constant, type Distribution, draw } from "./distribution.ts"
export { Failures, type Operation } from "./failures.ts"
export { Flow, type Sender, whenConnected, whenConnecting } from "./flow.ts"
export { type Fragmentation, Fragmenter, Fragments } from "./fragments.ts"
export { Link, Links, type Quality } from "./link.ts"
export { HostSet, Overlay } from "./overlay.ts"
export type { Action, Kind, Packet, Revision, Rule, Segment } from "./packet.ts"
export { type Profile, profiles } from "./profile.ts"
