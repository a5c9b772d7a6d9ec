/**
 * What goes from host to host, and what may become of it. Public as part of `Fault`.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"

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
