/**
 * Stops the virtual time of a simulation while work outside of the simulation is not finished, such as work of Node's
 * TLS. The scheduler of the simulation implements `Holding`. Other code finds this scheduler in the runtime of its
 * caller.
 *
 * @internal
 */
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import type * as Runtime from "effect/Runtime"
import type * as Scheduler from "effect/Scheduler"

export const HoldTypeId: unique symbol = Symbol.for("effect-sockets/Hold")

/** Stops virtual time. Returns a function that starts virtual time again. */
export type Hold = () => () => void

/** A scheduler whose time may be virtual. */
export interface Holding {
  /** Stops the virtual time of this scheduler. `undefined` if the scheduler uses real time. */
  readonly [HoldTypeId]: Hold | undefined
}

/** Returns the function that stops the virtual time of a scheduler. Returns `undefined` if it uses real time. */
export const holdIn = (scheduler: Scheduler.Scheduler): Hold | undefined =>
  HoldTypeId in scheduler ? (scheduler as Scheduler.Scheduler & Holding)[HoldTypeId] : undefined

/** Returns the function that stops the virtual time of a runtime. Returns `undefined` if it uses real time. */
export const holdOf = (runtime: Runtime.Runtime<never>): Hold | undefined =>
  holdIn(FiberRefs.getOrDefault(runtime.fiberRefs, FiberRef.currentScheduler))
