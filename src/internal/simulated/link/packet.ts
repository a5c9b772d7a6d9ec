/**
 * A segment in flight from one host to another, and what can happen to it.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type { Event } from "../look/index.ts"
import type { Cancel } from "../time/index.ts"

/**
 * A segment in flight from one host to another.
 *
 * @since 0.1.0
 * @category models
 */
export interface Segment {
  /** The name of the host that sends the segment, in lower case. */
  readonly from: string
  /** The name of the host that receives the segment, in lower case. */
  readonly to: string
  /**
   * The kind of the segment:
   * - `connect`: asks for a connection.
   * - `accept`: answers a `connect` that was accepted.
   * - `refuse`: answers a `connect` that was refused, or a segment of a connection that no longer exists.
   * - `data`: carries bytes.
   * - `end`: ends the data.
   * - `reset`: resets the connection.
   * - `acknowledge`: tells the sender of data that bytes were read, so that it can send more.
   */
  readonly kind: "connect" | "accept" | "refuse" | "data" | "end" | "reset" | "acknowledge"
  /** The number of bytes of `data`. 0 for other kinds. */
  readonly bytes: number
  /** The number of the connection in the trace. 0 before the connection is established. */
  readonly connection: number
}

/**
 * What happens to a segment:
 * - `"pass"`: it arrives, whatever other faults decide. Latency, bandwidth and crashes still apply.
 * - `{ delay }`: it arrives that much later. Segments behind it wait for it.
 * - `"drop"`: it is lost, and retransmitted as in TCP. A `reset` is not retransmitted.
 * - `"duplicate"`: it arrives twice. The receiver of a stream does not notice.
 * - `"reset"`: it is lost, and its connection is reset at both ends. A `connect` is refused.
 * - `"corrupt"`: one bit of its data is flipped.
 *
 * @since 0.1.0
 * @category models
 */
export type Action = "pass" | "drop" | "duplicate" | "reset" | "corrupt" | { readonly delay: Duration.DurationInput }

/** A function that decides what happens to a segment. It returns undefined to leave the decision to the next rule. */
export type Rule = (segment: Segment) => Action | undefined

export type Kind = Segment["kind"]

/** The decision of a link about a segment: after how many milliseconds it arrives, or why it does not arrive. */
export type Fate = number | "drop" | "hold" | "reset"

/** A segment with its state in a flow. */
export interface Packet {
  readonly kind: Kind
  readonly data: Uint8Array | undefined
  readonly arrive: () => void
  /** The time at which the segment was sent, in milliseconds. */
  sent: number
  /** The time at which the segment arrives, in milliseconds. */
  due: number
  /** Time in the queue for bandwidth, in milliseconds. */
  queued: number
  /** Time in flight after the queue, in milliseconds. */
  way: number
  /** True if a rule has decided about this segment. */
  isRuled: boolean
  /** The index of the flipped bit. Undefined if no bit is flipped. */
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

/** Undoes an earlier flip. Then flips the bit with index `bit`, if it is given. */
export const flip = (packet: Packet, bit: number | undefined): void => {
  const { data, flipped } = packet
  for (const one of [flipped, bit]) if (data !== undefined && one !== undefined) data[one >> 3]! ^= 1 << (one & 7)
  packet.flipped = bit
}
