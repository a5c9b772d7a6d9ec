/**
 * Gives a connection to a Scope. When the Scope closes, the connection is closed or reset.
 * See docs/DECISIONS.md#only-cut-conversations-are-reset.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { DecodedTimeouts } from "../waiting/index.ts"
import { SocketImpl } from "./socket.ts"
import { timed } from "./timed.ts"
import { type Connection, connectionOf, type Transport } from "./transport.ts"

/**
 * How a connection ends if its Scope closes with a failure. `close` ends the connection normally. `reset` drops unsent
 * bytes and resets the connection.
 */
export type OnFailure = "close" | "reset"

/**
 * True if a Scope closes with a success or a typed failure. Without `onFailure`, the connection is then reset only if
 * bytes are unsent, because a reply that was sent before a typed failure must still arrive.
 */
export const isComplete = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isSuccess(exit) || !(Cause.isInterrupted(exit.cause) || Cause.isDie(exit.cause))

const release = (
  connection: Connection,
  exit: Exit.Exit<unknown, unknown>,
  onFailure: OnFailure | undefined
): Effect.Effect<void> => {
  if (Exit.isFailure(exit) && onFailure !== undefined) {
    return onFailure === "close" ? connection.close : connection.abort
  }
  return isComplete(exit)
    ? Effect.flatMap(connection.stats, stats => (stats.bytesUnsent > 0 ? connection.abort : connection.close))
    : connection.abort
}

/**
 * Prepares a Scope for a connection. Returns a function that gives the connection to the Scope and returns its socket.
 * The function is synchronous, because an accept calls it in the fiber step that takes the connection.
 */
export const ownLater = (
  scope: Scope.Scope,
  onFailure: OnFailure | undefined,
  timeouts: DecodedTimeouts | undefined
): Effect.Effect<(transport: Transport) => SocketImpl> =>
  Effect.suspend(() => {
    let owned: Connection | undefined
    let closed: Exit.Exit<unknown, unknown> | undefined
    const own = (transport: Transport) => {
      owned = connectionOf(transport)
      if (closed !== undefined) Effect.runFork(release(owned, closed, onFailure))
      return new SocketImpl(timed(owned, timeouts))
    }
    const finalizer = (exit: Exit.Exit<unknown, unknown>) => {
      closed = exit
      return owned === undefined ? Effect.void : release(owned, exit, onFailure)
    }
    return Effect.as(Scope.addFinalizerExit(scope, finalizer), own)
  })

/**
 * Gives a connection to a Scope and returns its socket. The caller must be uninterruptible. Otherwise an interruption
 * could leave a connection that no Scope closes.
 */
export const own = (
  scope: Scope.Scope,
  transport: Transport,
  onFailure: OnFailure | undefined,
  timeouts: DecodedTimeouts | undefined
): Effect.Effect<SocketImpl> => {
  const connection = connectionOf(transport)
  return Effect.as(
    Scope.addFinalizerExit(scope, exit => release(connection, exit, onFailure)),
    new SocketImpl(timed(connection, timeouts))
  )
}
