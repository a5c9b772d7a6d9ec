/**
 * The errors of resolving names, connecting, listening and accepting. Public as part of `SocketError`.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../address/index.ts"
import { messageOf, printable, TaggedError } from "../text/index.ts"
import { accessDenied, codeSuffix, hintBelow1024, line, meaningOf, type TimedOutBy, timedOutAfter } from "./message.ts"

/**
 * A host name could not be resolved to addresses.
 *
 * @since 0.1.0
 * @category errors
 */
export class ResolveError extends TaggedError("ResolveError")<{
  readonly reason:
    | "NotFound"
    | "NoData"
    | "TryAgain"
    | "TimedOut"
    | "ServerFailure"
    | "Refused"
    | "BadName"
    | "BadResponse"
    | "PermissionDenied"
    | "Unknown"
  readonly host: string
  readonly code?: string | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => line("resolve", printable(this.host), meaningOf.resolve[this.reason], codeSuffix(this)))
  }
}

/**
 * The reasons of a `ConnectError`. `NoLocalPort` means that the local ports for this address are used up. It passes when
 * one is free. `AddressNotAvailable` means that this machine has no address from which it could connect, for example
 * because IPv6 is disabled.
 *
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
  | "NoLocalPort"
  | "BacklogFull"
  | "WrongSocketType"
  | "InvalidZone"
  | "TooManyOpenFiles"
  | "Unknown"

/**
 * One address that was tried, its outcome, and how long the attempt took. `Abandoned` means that the attempt was
 * stopped: another address connected first, the timeout passed, or the caller was interrupted. `Connected` and
 * `Abandoned` are reported only to `onAttempt`. In `ConnectError.attempts`, an attempt that was still running is
 * `TimedOut`.
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

/** How many of the addresses that were tried a message lists. */
const mostTried = 8

const tried = (attempts: ReadonlyArray<ConnectAttempt>): string => {
  const more = attempts.length > mostTried ? ` and ${attempts.length - mostTried} more` : ""
  return `${attempts
    .slice(0, mostTried)
    .map(({ address }) => format(address))
    .join(", ")}${more}`
}

/**
 * Connecting failed. `address` is the address that the caller asked for. `attempts` lists every address that was tried,
 * in the order in which the attempts began. If the timeout passes while the name is being resolved, `reason` is
 * `TimedOut` and `attempts` is empty.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConnectError extends TaggedError("ConnectError")<{
  readonly reason: ConnectReason
  readonly address: SocketAddress.SocketAddress
  readonly attempts: ReadonlyArray<ConnectAttempt>
  readonly code?: string | undefined
  readonly by?: TimedOutBy | undefined
  readonly timeout?: Duration.Duration | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => {
      const named =
        this.address._tag === "HostPort" && this.attempts.length > 0 ? `; tried ${tried(this.attempts)}` : ""
      const meaning = timedOutAfter(this) ?? meaningOf.connect[this.reason]
      return line("connect", format(this.address), meaning, codeSuffix(this)) + named
    })
  }
}

/**
 * The reasons of a `ListenError`.
 *
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
  | "InvalidZone"
  | "Unknown"

/**
 * Listening failed: the address could not be bound or listened on. `NotFound` means that the directory of a Unix path
 * does not exist. When listening on an inherited file descriptor fails, `fd` is its number, and `address` is `unix:`,
 * because the address is unknown.
 *
 * @since 0.1.0
 * @category errors
 */
export class ListenError extends TaggedError("ListenError")<{
  readonly reason: ListenReason
  readonly address: SocketAddress.SocketAddress
  readonly fd?: number | undefined
  readonly code?: string | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => {
      if (this.fd !== undefined) {
        return line("listen", `descriptor ${this.fd}`, meaningOf.listenFd[this.reason], codeSuffix(this))
      }
      const text = line("listen", format(this.address), meaningOf.listen[this.reason], codeSuffix(this))
      return this.reason === "PermissionDenied" && this.code !== accessDenied
        ? text + hintBelow1024(this.address)
        : text
    })
  }
}

/**
 * Accepting a connection failed. With `Closed` the listener is closed. If the listener has stopped, every later
 * `accept` fails with the same error; otherwise the next `accept` waits for a connection.
 *
 * @since 0.1.0
 * @category errors
 */
export class AcceptError extends TaggedError("AcceptError")<{
  readonly reason: "Closed" | "TooManyOpenFiles" | "Unknown"
  readonly address: SocketAddress.SocketAddress
  readonly code?: string | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => line("accept", format(this.address), meaningOf.accept[this.reason], codeSuffix(this)))
  }
}
