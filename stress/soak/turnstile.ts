/** Lets rounds run, except while a sample is taken. A sample waits until the running rounds have ended. */
import * as Effect from "effect/Effect"

export class Turnstile {
  private inside = 0
  private open = true
  private readonly opening = Effect.unsafeMakeLatch(true)
  private readonly empty = Effect.unsafeMakeLatch(true)

  readonly pass = <A, E, R>(round: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      if (!this.open) {
        return Effect.zipRight(this.opening.await, this.pass(round))
      }
      this.inside += 1
      this.empty.unsafeClose()
      return Effect.ensuring(
        round,
        Effect.sync(() => {
          this.inside -= 1
          if (this.inside === 0) this.empty.unsafeOpen()
        })
      )
    })

  /** Runs `look` when no round is running. No round starts before it ends. */
  readonly atRest = <A, E, R>(look: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        this.open = false
        this.opening.unsafeClose()
      }),
      () => Effect.zipRight(this.empty.await, look),
      () =>
        Effect.sync(() => {
          this.open = true
          this.opening.unsafeOpen()
        })
    )
}
