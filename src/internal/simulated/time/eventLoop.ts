/**
 * Lets the event loop of the process run between simulations. A simulation seldom waits for anything real, so a series
 * of simulations would keep timers and signals from running. One turn of the event loop takes about a millisecond,
 * which is longer than many simulations. So simulations yield to the event loop only once in many steps.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Scheduler from "effect/Scheduler"
import { VirtualTime } from "./virtualTime.ts"

/** The fewest steps of simulations between two turns of the event loop. */
const stepsPerTurn = 10_000
/** Added to `steps` for each simulation, on top of the steps that the simulation took. */
const stepsPerSimulation = 500

/** A scheduler that yields to the event loop each time. */
const eventLoop = new Scheduler.MixedScheduler(0)

/**
 * The steps of all simulations since the last turn of the event loop. The variable is global, because there is only one
 * event loop.
 */
let steps = 0

export const spend = (taken: number): void => {
  steps += stepsPerSimulation + taken
}

/**
 * Yields to the event loop, if simulations have taken enough steps. Inside another simulation, does nothing, because
 * the outer simulation yields.
 */
export const turn: Effect.Effect<void> = Effect.withFiberRuntime(fiber => {
  if (steps < stepsPerTurn || fiber.getFiberRef(FiberRef.currentScheduler) instanceof VirtualTime) return Effect.void
  steps = 0
  return Effect.withScheduler(Effect.yieldNow(), eventLoop)
})
