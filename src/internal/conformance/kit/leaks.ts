/**
 * Checks that an effect leaves nothing open. Counts the open resources before and after the effect, and the fibers that
 * still run after it.
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

/**
 * How many times the check at most lets other fibers and events run (`on.turn`), so that resources can close. A
 * resource that is still open after that is a leak.
 */
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
    return yield* Effect.dieMessage(`left open: ${leaks.join("; ")}`)
  })

/**
 * Runs the effect. Dies if a fiber that the effect started still runs afterwards, or if more resources are open than
 * before.
 */
export const leavingNothing = <A, E, R>(on: Process, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const before = yield* on.open
    const supervisor = yield* Supervisor.track
    const result = yield* Effect.supervised(effect, supervisor)
    yield* nothingIsLeft(on, before, supervisor.value)
    return result
  })
