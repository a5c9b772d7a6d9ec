/**
 * How a connection of a server ended, and how that is logged. Public as part of `Server`.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import type * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import { isPeerGone, RecvError, SendError, UnexpectedEnd } from "../../SocketError.ts"
import { format } from "../address/index.ts"
import { isOwnTimeout } from "../error/index.ts"
import { oneLine, shieldedCause } from "../text/index.ts"

/**
 * How a handler ended, together with the finalizers of its Scope:
 * - `Succeeded`: with a success.
 * - `Failed`: with a typed failure.
 * - `PeerGone`: with a failure of this connection, because the peer reset it, ended too early or cannot be reached. Over
 *   TLS also because the peer cut the stream, sent an invalid record or rejected us.
 * - `Idle`: with a failure of this connection, because a timeout such as `recvTimeout` or `sendTimeout` passed.
 * - `Slow`: with a failure of this connection, because its `messageTimeout` passed or the peer was slower than
 *   `minThroughput`.
 * - `Died`: with a defect.
 * - `TimedOut`: with an interruption, because `handlerTimeout` had passed.
 * - `Drained`: with an interruption, because the server drained and `drainTimeout` had passed.
 * - `Interrupted`: with any other interruption.
 * - `Stuck`: the handler or a finalizer did not end, even after the connection was aborted. The server gave up the
 *   connection.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = "Succeeded" | "Failed" | "PeerGone" | "Idle" | "Slow" | "Died" | Interruption | "Stuck"

/** Why a handler was interrupted. */
export type Interruption = "TimedOut" | "Drained" | "Interrupted"

/**
 * How a connection ended. If the reason is `Stuck`, the server has aborted the connection and given it up. With any
 * other reason, the connection has already closed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome<E> {
  /** The address of our end. */
  readonly localAddress: SocketAddress.Resolved
  /** The address of the client. */
  readonly remoteAddress: SocketAddress.Resolved
  /** How the handler ended. */
  readonly reason: Reason
  /**
   * The exit of the handler, with the defects of its finalizers. If the handler has not ended, the exit is an
   * interruption.
   */
  readonly exit: Exit.Exit<void, E>
  /** Time since the connection was accepted. */
  readonly age: Duration.Duration
  /** Bytes received on the connection. */
  readonly bytesReceived: number
  /** Bytes of the sends that have begun on the connection. */
  readonly bytesSent: number
}

/**
 * Returns the reason for an exit. If the exit has a failure together with a defect or an interruption, the failure does
 * not count. The Scope treats such an exit in the same way when it closes or resets the connection.
 */
export const reasonOf = <E>(exit: Exit.Exit<void, E>, because: Interruption | undefined, ends: Ends): Reason => {
  if (Exit.isSuccess(exit)) return "Succeeded"
  if (Cause.isDie(exit.cause)) return "Died"
  if (Cause.isInterrupted(exit.cause)) return because ?? "Interrupted"
  return Option.match(Cause.failureOption(exit.cause), {
    onNone: () => "Failed",
    onSome: error => failure(error, ends)
  })
}

/** The reasons for which the peer or its network is to blame, besides those of `isPeerGone`. */
const faultsOfPeer: ReadonlySet<string> = new Set(["HostUnreachable", "Truncated", "Tampered", "Rejected"])

type Ends = Pick<Socket.Socket, "localAddress" | "remoteAddress">

/**
 * Returns the reason for the failure of a handler. If the error comes from another connection, such as a connection to
 * a database, the reason is `Failed`.
 */
const failure = (error: unknown, ends: Ends): Reason => {
  const isOurs =
    (error instanceof RecvError || error instanceof SendError || error instanceof UnexpectedEnd) &&
    Equal.equals(error.localAddress, ends.localAddress) &&
    Equal.equals(error.remoteAddress, ends.remoteAddress)
  if (!isOurs) return "Failed"
  if (error instanceof UnexpectedEnd) return "PeerGone"
  if (error.reason !== "TimedOut") {
    return isPeerGone(error) || faultsOfPeer.has(error.reason) ? "PeerGone" : "Failed"
  }
  if (!isOwnTimeout(error.by)) return "PeerGone"
  return error.by === "messageTimeout" || error.by === "minThroughput" ? "Slow" : "Idle"
}

const said = {
  Failed: [LogLevel.Warning, "a handler failed"],
  PeerGone: [LogLevel.Debug, "the peer is gone"],
  Idle: [LogLevel.Debug, "the peer was idle"],
  Slow: [LogLevel.Debug, "the peer was too slow"],
  Died: [LogLevel.Error, "a handler died"],
  TimedOut: [LogLevel.Info, "a handler was interrupted because handlerTimeout had passed"],
  Drained: [LogLevel.Debug, "a handler was interrupted because the server drained"],
  Interrupted: [LogLevel.Debug, "a handler was interrupted"],
  Stuck: [LogLevel.Error, "a handler or its finalizers did not end; the connection was aborted"]
} as const

const withCause: ReadonlySet<Reason> = new Set(["Failed", "Died", "Stuck"])

/**
 * Returns the parts of a log entry about an exit. For a failed exit with the reason `Failed`, `Died` or `Stuck`, the
 * entry has the cause with its stack. In other entries, there is at most the message of the error.
 */
export const wordsOf = <E>(what: string, reason: Reason, exit: Exit.Exit<void, E>): ReadonlyArray<unknown> => {
  if (Exit.isSuccess(exit)) return [what]
  if (withCause.has(reason)) return [what, shieldedCause(exit.cause)]
  const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
  return [error instanceof Error ? `${what}: ${error.message}` : what]
}

export const log = <E>({ exit, localAddress, reason, remoteAddress }: Outcome<E>): Effect.Effect<void> => {
  if (reason === "Succeeded") return Effect.void
  const [level, what] = said[reason]
  const words = wordsOf(`server ${format(localAddress)}: ${what}`, reason, exit)
  return Effect.annotateLogs(Effect.logWithLevel(level, ...words), { remoteAddress: oneLine(format(remoteAddress)) })
}
