/**
 * Tells whether a fiber has been interrupted.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as FiberRef from "effect/FiberRef"
import type { AnyFiber } from "./watchdog.ts"

/** True if the fiber has been interrupted. If it is interruptible, it then runs no other step of its effect. */
export const isInterrupted = (fiber: AnyFiber): boolean => !Cause.isEmpty(fiber.getFiberRef(FiberRef.interruptedCause))
