/**
 * Whether clients keep to their scripts: it fails with the first that departs, and holds when enough have been played.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { ScriptDeparture } from "./scriptDeparture.ts"

export class Verdict {
  private failure: Exit.Exit<void, ScriptDeparture> | undefined
  private underWay = 0
  private played = 0
  /** How many scripts there are; undefined where each client plays the same. */
  private readonly scripts: number | undefined
  private readonly waiters = new Set<(effect: Effect.Effect<void, ScriptDeparture>) => void>()

  constructor(scripts: number | undefined) {
    this.scripts = scripts
  }

  begin(): void {
    this.underWay += 1
  }

  finish(exit: Exit.Exit<void, ScriptDeparture>): void {
    this.underWay -= 1
    if (Exit.isSuccess(exit)) this.played += 1
    else this.failure ??= exit
    const now = this.now
    if (now === undefined) return
    for (const resume of this.waiters) resume(now)
    this.waiters.clear()
  }

  readonly verify: Effect.Effect<void, ScriptDeparture> = Effect.async(resume => {
    if (this.now !== undefined) {
      resume(this.now)
      return
    }
    this.waiters.add(resume)
    return Effect.sync(() => this.waiters.delete(resume))
  })

  private get now(): Exit.Exit<void, ScriptDeparture> | undefined {
    if (this.failure !== undefined) return this.failure
    const isDone = this.scripts === undefined ? this.played > 0 && this.underWay === 0 : this.played >= this.scripts
    return isDone ? Exit.void : undefined
  }
}
