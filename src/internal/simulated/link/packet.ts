/**
 * What is on its way from one host to another, and what may become of it.
 *
 * @internal
 */

import type { Event } from "../look/trace.ts"
import type { Cancel } from "../time/agenda.ts"
import type { Segment } from "./segment.ts"

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
