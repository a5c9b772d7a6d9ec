/**
 * A segment in flight from one host to another, and what can happen to it.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type { Event } from "../look/index.ts"
import type { Cancel } from "../time/index.ts"

/**
 * A segment in flight from one host to another. Its kind is `connect` or an answer to it (`accept` or `refuse`), `data`, the
 * `end` of the data, a `reset`, or an `acknowledge`, which makes room for more data. `refuse` also answers a segment of a
 * connection that no longer exists.
 *
 * @since 0.1.0
 * @category models
 */
export interface Segment {
  /** The names of the hosts, in lower case. */
  readonly from: string
  readonly to: string
  readonly kind: "connect" | "accept" | "refuse" | "data" | "end" | "reset" | "acknowledge"
  /** How many bytes the segment carries. 0 if it is not `data`. */
  readonly bytes: number
  /** The number of the connection in the trace. 0 before the connection is made. */
  readonly connection: number
}

/**
 * What happens to a segment.
 *
 * - `"pass"`: it arrives, whatever other faults there are.
 * - `{ delay }`: it arrives that much later, and segments behind it wait for it.
 * - `"drop"`: it is lost, and retransmitted as TCP does. A `reset` is not retransmitted.
 * - `"duplicate"`: it arrives twice, which a stream does not notice.
 * - `"reset"`: it is lost, and its connection is reset at both ends. A `connect` is refused.
 * - `"corrupt"`: one bit of its data is flipped.
 *
 * @since 0.1.0
 * @category models
 */
export type Action = "pass" | "drop" | "duplicate" | "reset" | "corrupt" | { readonly delay: Duration.DurationInput }

/** Decides what happens to a segment. Returns undefined to leave the decision to the next rule. */
export type Rule = (segment: Segment) => Action | undefined

export type Kind = Segment["kind"]

/** What a link decides about a segment: after how many milliseconds it arrives, or why it does not arrive. */
export type Fate = number | "drop" | "hold" | "reset"

export interface Packet {
  readonly kind: Kind
  readonly data: Uint8Array | undefined
  readonly arrive: () => void
  /** The time at which it was sent, and the time at which it arrives, in milliseconds. */
  sent: number
  due: number
  /** How long it queues for the bandwidth, and how long it is in flight after that, in milliseconds. */
  queued: number
  way: number
  /** True if a rule has decided about it. */
  isRuled: boolean
  /** The index of the bit that is flipped, if any. */
  flipped: number | undefined
  cancel: Cancel
}

/** Decides again about a segment in flight. */
export type Revision = (packet: Packet, flow: OnTheWay) => Fate

/** The segments of one connection in one direction, as the link sees them. */
export interface OnTheWay {
  /** The segments in flight, and those that wait to be sent. */
  readonly segments: ReadonlyArray<Segment>
  segmentOf(packet: Packet): Segment
  record(kind: Event["kind"], packet: Packet): void
  revise(fateOf: Revision): void
  release(): void
  vanish(): void
}

/** Undoes an earlier flip, and then flips a bit, if one is given. */
export const flip = (packet: Packet, bit: number | undefined): void => {
  const { data, flipped } = packet
  for (const one of [flipped, bit]) if (data !== undefined && one !== undefined) data[one >> 3]! ^= 1 << (one & 7)
  packet.flipped = bit
}
