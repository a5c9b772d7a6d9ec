/**
 * What is on its way from one host to another, and what may become of it.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type { Event } from "../look/index.ts"
import type { Cancel } from "../time/index.ts"

/**
 * Something on its way from one host to another: a `connect` and what it is answered (`accept` or `refuse`), bytes, the
 * end of them, a `reset`, and the `acknowledge` that makes room for more. What comes for a connection that is no more is
 * answered by `refuse` too.
 *
 * @since 0.1.0
 * @category models
 */
export interface Segment {
  /** The names of the hosts. */
  readonly from: string
  readonly to: string
  readonly kind: "connect" | "accept" | "refuse" | "data" | "end" | "reset" | "acknowledge"
  /** Of the bytes that it carries; 0 of whatever is no `data`. */
  readonly bytes: number
  /** The number of the connection as the trace has it; 0 where there is none yet. */
  readonly connection: number
}

/**
 * What becomes of a segment: it passes whatever else is wrong, it comes later (and what is behind it too), it is lost and
 * sent again as TCP does (a `reset` is not sent again), it comes twice (which a stream does not notice), its connection is
 * reset, or one bit of its bytes is flipped.
 *
 * @since 0.1.0
 * @category models
 */
export type Action = "pass" | "drop" | "duplicate" | "reset" | "corrupt" | { readonly delay: Duration.DurationInput }

/** The general rule: what becomes of a segment, or nothing if the rule has nothing to say about it. */
export type Rule = (segment: Segment) => Action | undefined

export type Kind = Segment["kind"]

/** What the link makes of a segment: it takes so many milliseconds, or does not arrive. */
export type Fate = number | "drop" | "hold" | "reset"

export interface Packet {
  readonly kind: Kind
  readonly data: Uint8Array | undefined
  readonly arrive: () => void
  /** When it was sent, and when it arrives, in milliseconds. */
  sent: number
  due: number
  /** How long it queues until it has gone through, and how long its way takes then. */
  queued: number
  way: number
  /** A rule has said what becomes of it. */
  isRuled: boolean
  /** Which bit of it is not as it was sent. */
  flipped: number | undefined
  cancel: Cancel
}

/** What becomes of what is on its way already. */
export type Revision = (packet: Packet, flow: OnTheWay) => Fate

/** What goes one way on one connection, as the link sees it that it goes on. */
export interface OnTheWay {
  /** What is on its way, or will be. */
  readonly segments: ReadonlyArray<Segment>
  segmentOf(packet: Packet): Segment
  record(kind: Event["kind"], packet: Packet): void
  revise(fateOf: Revision): void
  release(): void
  vanish(): void
}

/** Flips a bit of it, or none, of what was sent. */
export const flip = (packet: Packet, bit: number | undefined): void => {
  const { data, flipped } = packet
  for (const one of [flipped, bit]) if (data !== undefined && one !== undefined) data[one >> 3]! ^= 1 << (one & 7)
  packet.flipped = bit
}
