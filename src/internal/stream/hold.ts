/**
 * A Scope holds a connection, and ends it as the scope ended.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Socket from "../../Socket.ts"
import type { DecodedTimeouts } from "../waiting/timeouts.ts"
import { held } from "./view.ts"

/** How a connection ends whose scope did not succeed. */
export type OnFailure = "close" | "reset"

/** A complete conversation, be it a typed failure, ends in a close: a reply must arrive. A cut one ends in a reset. */
const isComplete = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isSuccess(exit) || !(Cause.isInterrupted(exit.cause) || Cause.isDie(exit.cause))

const release = (
  transport: Socket.Transport,
  exit: Exit.Exit<unknown, unknown>,
  onFailure: OnFailure | undefined
): Effect.Effect<void> => {
  if (Exit.isFailure(exit) && onFailure !== undefined) {
    return onFailure === "close" ? transport.close : transport.abort
  }
  return isComplete(exit)
    ? Effect.flatMap(transport.stats, stats => (stats.bytesUnsent > 0 ? transport.abort : transport.close))
    : transport.abort
}

/** Uninterruptible where it is used: the connection is the scope's before anything else can happen. */
export const hold = (
  scope: Scope.Scope,
  transport: Socket.Transport,
  onFailure: OnFailure | undefined,
  timeouts: DecodedTimeouts | undefined
): Effect.Effect<Socket.Socket> =>
  Effect.as(
    Scope.addFinalizerExit(scope, exit => release(transport, exit, onFailure)),
    Socket.make(held(transport, timeouts))
  )
