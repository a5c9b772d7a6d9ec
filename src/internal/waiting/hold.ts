/**
 * Virtual time that waits for something real. The scheduler of a simulation implements it, so code that works outside of
 * the simulation finds it in the runtime of its caller.
 *
 * @internal
 */
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import type * as Runtime from "effect/Runtime"
import type * as Scheduler from "effect/Scheduler"

export const HoldTypeId: unique symbol = Symbol.for("effect-sockets/Hold")

/** Stops virtual time. Returns a function that lets it go on. */
export type Hold = () => () => void

/** A scheduler whose time may be virtual. */
export interface Holding {
  /** `undefined` if its time is not virtual. */
  readonly [HoldTypeId]: Hold | undefined
}

/** Returns the hold of a scheduler, or `undefined` if its time is not virtual. */
export const holdIn = (scheduler: Scheduler.Scheduler): Hold | undefined =>
  HoldTypeId in scheduler ? (scheduler as Scheduler.Scheduler & Holding)[HoldTypeId] : undefined

/** Returns the hold of a runtime, or `undefined` if its time is not virtual. */
export const holdOf = (runtime: Runtime.Runtime<never>): Hold | undefined =>
  holdIn(FiberRefs.getOrDefault(runtime.fiberRefs, FiberRef.currentScheduler))
