/**
 * What a handler may know of its server's end: a tag of its own, for `serve` gives it and `Server` is above that. Public
 * as part of `Server`.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/**
 * Whether the server that a handler works for drains: every handler is given it, so that it can bring a conversation to
 * its end before it is interrupted.
 *
 * @since 0.1.0
 * @category tags
 */
export class Draining extends Context.Tag("effect-sockets/Server/Draining")<
  Draining,
  {
    readonly isDraining: Effect.Effect<boolean>
    /** Waits until the server drains, which may be never. */
    readonly await: Effect.Effect<void>
  }
>() {}
