/**
 * A list of fibers that wait for one event.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"

/** The fibers that wait for one event. `wake` resumes all of them. */
export class Waiters<E = never> {
  private readonly waiting = new Set<(exit: Exit.Exit<void, E>) => void>()

  /**
   * Waits until `wake` is called. If `known` returns a result, returns that result without waiting. An interrupted
   * fiber is removed from the list.
   */
  wait(known: () => Exit.Exit<void, E> | undefined): Effect.Effect<void, E> {
    return Effect.async<void, E>(resume => {
      const exit = known()
      if (exit !== undefined) {
        resume(exit)
        return
      }
      this.waiting.add(resume)
      return Effect.sync(() => this.waiting.delete(resume))
    })
  }

  wake(exit: Exit.Exit<void, E>): void {
    for (const resume of this.waiting) resume(exit)
    this.waiting.clear()
  }
}
