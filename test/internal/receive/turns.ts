/** A scheduler that the test drains, and that yields between two steps of a fiber, at places chosen by a seed. */
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
  /**
   * Yields before about one step in thirty. A yield is a dozen steps itself, so with one in three it would never end.
   */
  shouldYield() {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) | 0
    return this.seed >>> 16 < 2_000 ? 0 : (false as const)
  }
  /** Runs tasks until there are none, or until `most` tasks have run. */
  drain(most: number): void {
    for (let done = 0; this.tasks.length > 0 && done < most; ) {
      const tasks = this.tasks
      this.tasks = []
      for (const task of tasks) task()
      done += tasks.length
    }
  }
}

/** Runs a program that waits for nothing outside itself, with yields chosen by the seed. Throws if it does not end. */
export const runInTurns = <A, E>(program: Effect.Effect<A, E>, seed: number): Exit.Exit<A, E> => {
  const turns = new Turns(seed)
  const fiber = Effect.runFork(program, { scheduler: turns })
  turns.drain(100_000)
  const exit = fiber.unsafePoll()
  if (exit === null) throw new Error("the program does not end")
  return exit
}
