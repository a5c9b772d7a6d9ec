/**
 * Whose turn it is: one fiber's at a time. A fiber that was interrupted has lost it, though nobody is told: whoever wants
 * it next looks.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as FiberRef from "effect/FiberRef"
import type * as FiberStatus from "effect/FiberStatus"
import * as RuntimeFlags from "effect/RuntimeFlags"
import type { AnyFiber } from "../waiting/watchdog.ts"

export abstract class Turn {
  private owner: AnyFiber | undefined
  private ownerInterruptible = false

  /** Whether the turn is this fiber's from now on. It may have had it already. */
  protected take(fiber: AnyFiber, status: FiberStatus.Running): boolean {
    if (this.owner !== fiber && !this.isFree) {
      return false
    }
    this.owner = fiber
    this.ownerInterruptible = RuntimeFlags.interruptible(status.runtimeFlags)
    return true
  }

  protected giveBack(): void {
    this.owner = undefined
  }

  /** Whether nobody has it who will come back for it. */
  protected get isFree(): boolean {
    return this.owner === undefined || this.isGone(this.owner)
  }

  /** An interrupted owner never comes back for its turn, unless it took it where it cannot be interrupted. */
  private isGone(owner: AnyFiber): boolean {
    return this.ownerInterruptible && !Cause.isEmpty(owner.getFiberRef(FiberRef.interruptedCause))
  }
}
