/**
 * An effect that never returns.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/** Waits forever. `Effect.never` is not used here, because it starts a `setInterval`, which keeps the process alive. */
export const forever: Effect.Effect<never> = Effect.async<never>(() => {})
