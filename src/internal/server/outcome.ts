/**
 * How a connection of a server ended, and how that is logged. Public as part of `Server`.
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
 * How a handler ended, together with the finalizers of its Scope:
 * - `Succeeded`: with a success.
 * - `Failed`: with a typed failure.
 * - `PeerGone`: with a typed failure that says that the peer is gone (`SocketError.isPeerGone`).
 * - `Died`: with a defect.
 * - `Interrupted`: with an interruption, by the server or by something else.
 * - `TimedOut`: with an interruption because `handlerTimeout` had passed.
 * - `Stuck`: it did not end, even after its connection was aborted, and was given up.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = "Succeeded" | "Failed" | "PeerGone" | "Died" | "Interrupted" | "TimedOut" | "Stuck"

/**
 * How a connection ended. The connection has been closed, or, if it is `Stuck`, aborted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome<E> {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  readonly reason: Reason
  /** The exit of the handler, with the defects of its finalizers. An interruption if the handler has not ended. */
  readonly exit: Exit.Exit<void, E>
  /** Time since the connection was accepted. */
  readonly age: Duration.Duration
  readonly bytesReceived: number
  readonly bytesSent: number
}

/** A defect or an interruption takes precedence over a failure, as it does when the Scope ends the connection. */
export const reasonOf = <E>(exit: Exit.Exit<void, E>, because: "TimedOut" | "Interrupted" | undefined): Reason => {
  if (Exit.isSuccess(exit)) return "Succeeded"
  if (Cause.isDie(exit.cause)) return "Died"
  if (Cause.isInterrupted(exit.cause)) return because === "TimedOut" ? "TimedOut" : "Interrupted"
  return Option.exists(Cause.failureOption(exit.cause), isGone) ? "PeerGone" : "Failed"
}

/** `isPeerGone` reads only the tag and the reason, so any tagged error may be passed to it. */
const isGone = (error: unknown): boolean =>
  Predicate.hasProperty(error, "_tag") && isPeerGone(error as unknown as SocketError)

const said = {
  Failed: [LogLevel.Warning, "a handler failed"],
  PeerGone: [LogLevel.Debug, "the peer is gone"],
  Died: [LogLevel.Error, "a handler died"],
  Interrupted: [LogLevel.Debug, "a handler was interrupted"],
  TimedOut: [LogLevel.Warning, "a handler was interrupted because handlerTimeout had passed"],
  Stuck: [LogLevel.Error, "a handler or its finalizers did not end; the connection was aborted"]
} as const

export const log = <E>({ exit, localAddress, reason, remoteAddress }: Outcome<E>): Effect.Effect<void> => {
  if (reason === "Succeeded") return Effect.void
  const [level, what] = said[reason]
  const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
  return Effect.annotateLogs(Effect.logWithLevel(level, `server ${format(localAddress)}: ${what}`, cause), {
    remoteAddress: format(remoteAddress)
  })
}
