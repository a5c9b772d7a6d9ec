/**
 * Turns for the rest of the process. A simulation waits for nothing real, so that one after the other would leave none to
 * timers and signals; and a turn takes a millisecond, which is more than many a simulation does.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Scheduler from "effect/Scheduler"
import { VirtualTime } from "./virtualTime.ts"

/** After how many steps there is one; a simulation counts as some, be it ever so short. */
const stepsPerTurn = 10_000
const stepsPerSimulation = 500

/** A scheduler whose turns are those of the event loop. */
const eventLoop = new Scheduler.MixedScheduler(0)

/** Of all simulations since the last turn: there is one event loop. */
let steps = 0

export const spend = (taken: number): void => {
  steps += stepsPerSimulation + taken
}

/** Within a simulation turns are up to that. */
export const turn: Effect.Effect<void> = Effect.withFiberRuntime(fiber => {
  if (steps < stepsPerTurn || fiber.getFiberRef(FiberRef.currentScheduler) instanceof VirtualTime) return Effect.void
  steps = 0
  return Effect.withScheduler(Effect.yieldNow(), eventLoop)
})
