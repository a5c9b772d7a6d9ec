/**
 * Nothing may be left open: what a process holds before, and what it holds after.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Supervisor from "effect/Supervisor"
import type { Open, TransportUnderTest } from "./statement.ts"

const left = (before: Open, after: Open): ReadonlyArray<string> =>
  Object.keys(after)
    .filter(kind => after[kind]! > (before[kind] ?? 0))
    .map(kind => `${kind}: ${before[kind] ?? 0} before, ${after[kind]} after`)

/** What closes does so in a few turns; what is left after so many stays. */
const mostTurns = 5000

type Process = Pick<TransportUnderTest, "open" | "turn">

const nothingIsLeft = (on: Process, before: Open, fibers: Effect.Effect<ReadonlyArray<unknown>>) =>
  Effect.gen(function* () {
    let leaks: ReadonlyArray<string> = []
    for (let turns = 0; turns < mostTurns; turns++) {
      const running = (yield* fibers).length
      leaks = [...left(before, yield* on.open), ...(running === 0 ? [] : [`fibers: 0 before, ${running} after`])]
      if (leaks.length === 0) return
      yield* on.turn
    }
    return yield* Effect.dieMessage(`nothing should be left open, but there is: ${leaks.join("; ")}`)
  })

/** Runs it, and dies if it leaves anything open: a descriptor, a handle, a timer, a warning, a fiber. */
export const leavingNothing = <A, E, R>(on: Process, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const before = yield* on.open
    const supervisor = yield* Supervisor.track
    const result = yield* Effect.supervised(effect, supervisor)
    yield* nothingIsLeft(on, before, supervisor.value)
    return result
  })
