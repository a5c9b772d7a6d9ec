/**
 * Runs name lookups of the system. Each lookup holds a thread of Node until the system answers, and cannot be canceled.
 * Node gives half of its threads to lookups, so a few lookups without an answer would block all others. Therefore
 * questions for the same name share one lookup, and a lookup begins only if a thread is free for it. If all fibers that
 * wait for a lookup are interrupted before it begins, it never begins.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/** Receives the texts that were found, or an error. */
export type Answer = (error: NodeJS.ErrnoException | null, found: ReadonlyArray<string>) => void

/** Asks the system, and passes its answer to `answer`. */
export type Ask = (answer: Answer) => void

interface Lookup {
  readonly ask: Ask
  readonly waiters: Set<Answer>
  /** The time when the lookup began, in milliseconds. `undefined` while it waits for a thread. */
  began: number | undefined
}

/** After this many milliseconds, a lookup counts as slow. Most answers of a name server take 1 to 100 ms. */
export const slow = 250

export class Lookups {
  /** The lookups by question, in the order of the questions. */
  private readonly lookups = new Map<string, Lookup>()
  private running = 0

  private readonly threads: number

  constructor(threads: number) {
    this.threads = threads
  }

  /** Waits for the answer to a question. If a lookup for the same question waits or runs, shares that lookup. */
  ask(question: string, ask: Ask): Effect.Effect<ReadonlyArray<string>, NodeJS.ErrnoException> {
    return Effect.async(resume => {
      const answer: Answer = (error, found) => resume(error === null ? Effect.succeed(found) : Effect.fail(error))
      const lookup = this.lookups.get(question) ?? { ask, waiters: new Set(), began: undefined }
      lookup.waiters.add(answer)
      this.lookups.set(question, lookup)
      this.beginNext()
      return Effect.sync(() => {
        lookup.waiters.delete(answer)
        if (lookup.waiters.size === 0 && lookup.began === undefined) this.lookups.delete(question)
      })
    })
  }

  /** True if the lookup for this question has not begun, because no thread was free. */
  isQueued(question: string): boolean {
    const lookup = this.lookups.get(question)
    return lookup !== undefined && lookup.began === undefined
  }

  /** True if slow lookups hold all threads for lookups. */
  isBlocked(): boolean {
    const now = performance.now()
    const slowOnes = Array.from(this.lookups.values()).filter(({ began }) => began !== undefined && now - began >= slow)
    return slowOnes.length === this.threads
  }

  private beginNext(): void {
    for (const [question, lookup] of this.lookups) {
      if (this.running === this.threads) return
      if (lookup.began === undefined) this.begin(question, lookup)
    }
  }

  private begin(question: string, lookup: Lookup): void {
    lookup.began = performance.now()
    this.running += 1
    const answer: Answer = (error, found) => {
      this.running -= 1
      this.lookups.delete(question)
      for (const waiter of lookup.waiters) waiter(error, found)
      this.beginNext()
    }
    try {
      lookup.ask(answer)
    } catch (error) {
      answer(error as NodeJS.ErrnoException, [])
    }
  }
}

/**
 * Returns the number of threads that libuv gives to lookups: half of all threads, rounded up. `size` is the value of
 * `UV_THREADPOOL_SIZE`. Default: 4.
 */
export const threadsFor = (size: string | undefined): number => {
  const threads = Math.trunc(Number(size ?? 4)) || 1
  return Math.trunc((Math.min(1024, Math.max(1, threads)) + 1) / 2)
}
