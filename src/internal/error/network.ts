/**
 * The errors of names, connecting and listening. Public as part of `SocketError`.
 *
 * @internal
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../address/index.ts"
import { printable } from "../text/index.ts"
import { codeSuffix, hintBelow1024, line, meaningOf, type TimedOutBy, timedOutAfter } from "./message.ts"

/**
 * A name that could not be turned into addresses.
 *
 * @since 0.1.0
 * @category errors
 */
export class ResolveError extends Data.TaggedError("ResolveError")<{
  readonly reason:
    | "NotFound"
    | "NoData"
    | "TryAgain"
    | "TimedOut"
    | "ServerFailure"
    | "Refused"
    | "BadName"
    | "BadResponse"
    | "Unknown"
  readonly host: string
  readonly code?: string | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return line("resolve", printable(this.host), meaningOf.resolve[this.reason], codeSuffix(this))
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export type ConnectReason =
  | "Refused"
  | "TimedOut"
  | "HostUnreachable"
  | "NetworkUnreachable"
  | "Reset"
  | "PermissionDenied"
  | "NotFound"
  | "AddressInUse"
  | "AddressNotAvailable"
  | "BacklogFull"
  | "WrongSocketType"
  | "TooManyOpenFiles"
  | "Unknown"

/**
 * One address that was tried, what came of it, and how long that took. `Abandoned`: another address was faster, or the
 * time limit passed.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConnectAttempt {
  readonly address: SocketAddress.Resolved
  readonly outcome: ConnectReason | "Connected" | "Abandoned"
  readonly code?: string | undefined
  readonly elapsed: Duration.Duration
}

/**
 * No connection. `address` is what was asked for, `attempts` every address that was tried for it; a limit that
 * passes while names are still being resolved is `TimedOut` with no attempts.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConnectError extends Data.TaggedError("ConnectError")<{
  readonly reason: ConnectReason
  readonly address: SocketAddress.SocketAddress
  readonly attempts: ReadonlyArray<ConnectAttempt>
  readonly code?: string | undefined
  readonly by?: TimedOutBy | undefined
  readonly timeout?: Duration.Duration | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    const tried = this.attempts.map(attempt => format(attempt.address))
    const named = this.address._tag === "HostPort" && tried.length > 0 ? `; tried ${tried.join(", ")}` : ""
    const meaning = timedOutAfter(this) ?? meaningOf.connect[this.reason]
    return line("connect", format(this.address), meaning, codeSuffix(this)) + named
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export type ListenReason =
  | "AddressInUse"
  | "AddressNotAvailable"
  | "PermissionDenied"
  | "NotFound"
  | "TooManyOpenFiles"
  | "Unsupported"
  | "Unknown"

/**
 * The address could not be bound or listened on. `NotFound` is a Unix path whose directory does not exist. Of a
 * descriptor that was inherited `fd` is the number, and `address` is `unix:`, for it is not known.
 *
 * @since 0.1.0
 * @category errors
 */
export class ListenError extends Data.TaggedError("ListenError")<{
  readonly reason: ListenReason
  readonly address: SocketAddress.SocketAddress
  readonly fd?: number | undefined
  readonly code?: string | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    if (this.fd !== undefined) {
      return line("listen", `descriptor ${this.fd}`, meaningOf.listenFd[this.reason], codeSuffix(this))
    }
    const text = line("listen", format(this.address), meaningOf.listen[this.reason], codeSuffix(this))
    return this.reason === "PermissionDenied" ? text + hintBelow1024(this.address) : text
  }
}

/**
 * The listener gives no more connections.
 *
 * @since 0.1.0
 * @category errors
 */
export class AcceptError extends Data.TaggedError("AcceptError")<{
  readonly reason: "Closed" | "TooManyOpenFiles" | "Unknown"
  readonly address: SocketAddress.SocketAddress
  readonly code?: string | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return line("accept", format(this.address), meaningOf.accept[this.reason], codeSuffix(this))
  }
}
