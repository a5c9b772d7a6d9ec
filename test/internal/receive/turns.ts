/** A scheduler that is drained by hand, and lets others have a turn between any two steps of a fiber, by a seed. */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scheduler from "effect/Scheduler"

class Turns implements Scheduler.Scheduler {
  private tasks: Array<Scheduler.Task> = []
  private seed: number
  constructor(seed: number) {
    this.seed = seed
  }
  scheduleTask(task: Scheduler.Task) {
    this.tasks.push(task)
  }
  /** Before one step in thirty: a yield is a dozen steps itself, so that with one in three it would never end. */
  shouldYield() {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) | 0
    return this.seed >>> 16 < 2_000 ? 0 : (false as const)
  }
  /** Until there is nothing to do, or too much of it. */
  drain(most: number): void {
    for (let done = 0; this.tasks.length > 0 && done < most; ) {
      const tasks = this.tasks
      this.tasks = []
      for (const task of tasks) task()
      done += tasks.length
    }
  }
}

/** Runs a program that waits for nothing outside of it, with yields by the seed; throws where it never ends. */
export const runInTurns = <A, E>(program: Effect.Effect<A, E>, seed: number): Exit.Exit<A, E> => {
  const turns = new Turns(seed)
  const fiber = Effect.runFork(program, { scheduler: turns })
  turns.drain(100_000)
  const exit = fiber.unsafePoll()
  if (exit === null) throw new Error("it waits for ever")
  return exit
}
