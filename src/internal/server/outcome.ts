/**
 * What came of a connection of a server: said to the Logger, to the metrics and to whoever asked. Public as part of
 * `Server`.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as SocketAddress from "../../SocketAddress.ts"
import { isPeerGone, type SocketError } from "../../SocketError.ts"
import { format } from "../address/index.ts"

/**
 * How a handler ended: it succeeded; failed; failed because the peer has gone (`SocketError.isPeerGone`); died; was
 * interrupted, by the server or otherwise; or by `handlerTimeout`. `Stuck` is one that has not ended, nor when it was
 * interrupted, nor when its connection was aborted.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = "Succeeded" | "Failed" | "PeerGone" | "Died" | "Interrupted" | "TimedOut" | "Stuck"

/**
 * What came of a connection. It is closed by now.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome<E> {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  readonly reason: Reason
  /** The handler's, and what its finalizers died of. A handler that is stuck has none: it is shown as interrupted. */
  readonly exit: Exit.Exit<void, E>
  /** Since it was accepted. */
  readonly age: Duration.Duration
  readonly bytesReceived: number
  readonly bytesSent: number
}

/** As it decides how the connection ends: a defect and an interruption weigh more than a failure beside them. */
export const reasonOf = <E>(exit: Exit.Exit<void, E>, because: "TimedOut" | "Interrupted" | undefined): Reason => {
  if (Exit.isSuccess(exit)) return "Succeeded"
  if (Cause.isDie(exit.cause)) return "Died"
  if (Cause.isInterrupted(exit.cause)) return because === "TimedOut" ? "TimedOut" : "Interrupted"
  return Option.exists(Cause.failureOption(exit.cause), isGone) ? "PeerGone" : "Failed"
}

/** The predicate looks at no more than the tag and the reason. */
const isGone = (error: unknown): boolean =>
  Predicate.hasProperty(error, "_tag") && isPeerGone(error as unknown as SocketError)

const said = {
  Failed: [LogLevel.Warning, "a handler failed"],
  PeerGone: [LogLevel.Debug, "the peer has gone"],
  Died: [LogLevel.Error, "a handler died"],
  Interrupted: [LogLevel.Debug, "a handler was interrupted"],
  TimedOut: [LogLevel.Warning, "a handler was interrupted, its time was up"],
  Stuck: [LogLevel.Error, "a handler does not end; its connection was aborted"]
} as const

export const log = <E>({ exit, localAddress, reason, remoteAddress }: Outcome<E>): Effect.Effect<void> => {
  if (reason === "Succeeded") return Effect.void
  const [level, what] = said[reason]
  const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
  return Effect.annotateLogs(Effect.logWithLevel(level, `server ${format(localAddress)}: ${what}`, cause), {
    remoteAddress: format(remoteAddress)
  })
}
