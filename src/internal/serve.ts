/**
 * A fiber and a scope for each connection of a listener.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type * as Listener from "../Listener.ts"
import type * as Socket from "../Socket.ts"
import { type AcceptError, isPeerGone, type RecvError, type SendError } from "../SocketError.ts"

/** A peer that goes is its own affair; anything else of a handler is worth a line. */
const report = (socket: Socket.Socket, cause: Cause.Cause<RecvError | SendError>): Effect.Effect<void> => {
  const failure = Cause.failureOption(cause)
  const expected = Cause.isInterrupted(cause) || (failure._tag === "Some" && isPeerGone(failure.value))
  return expected ? Effect.void : Effect.annotateLogs(Effect.logWarning(cause), { remoteAddress: socket.remoteAddress })
}

/** To its end, and the connection with it. One frame on the stack of a fiber that may wait for long. */
const served = (
  socket: Socket.Socket,
  scope: Scope.CloseableScope,
  handling: Effect.Effect<void, RecvError | SendError>
): Effect.Effect<void> =>
  Effect.matchCauseEffect(handling, {
    onFailure: cause => Effect.zipRight(Scope.close(scope, Exit.failCause(cause)), report(socket, cause)),
    onSuccess: () => Scope.close(scope, Exit.void)
  })

/** Accepts for ever. The connections live in the caller's Scope, each in a fiber of its own, and end as it ends. */
export const serve = (
  listener: Listener.Listener,
  handler: (socket: Socket.Socket) => Effect.Effect<void, RecvError | SendError>
): Effect.Effect<never, AcceptError, Scope.Scope> =>
  Effect.flatMap(Effect.scope, fibers =>
    Effect.forever(
      Effect.uninterruptibleMask(restore =>
        Effect.flatMap(Scope.make(), scope =>
          restore(Scope.extend(listener.accept, scope)).pipe(
            Effect.onExit(exit => (Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void)),
            Effect.flatMap(socket =>
              Effect.forkIn(served(socket, scope, restore(Effect.suspend(() => handler(socket)))), fibers)
            )
          )
        )
      )
    )
  )
