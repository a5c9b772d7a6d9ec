/**
 * The errors of resolving names, connecting, listening and accepting. Public as part of `SocketError`.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import { format, hostOf } from "../address/index.ts"
import { messageOf, printable, TaggedError } from "../text/index.ts"
import { accessDenied, codeSuffix, hintBelow1024, line, meaningOf, type TimedOutBy, timedOutAfter } from "./message.ts"

/**
 * A host name could not be resolved to addresses.
 *
 * @since 0.1.0
 * @category errors
 */
export class ResolveError extends TaggedError("ResolveError")<{
  /**
   * Why resolving failed:
   * - `NotFound`: the name or the service does not exist, or the address has no name.
   * - `NoData`: the name has no address, or none of the requested family.
   * - `TryAgain`: the failure is temporary.
   * - `TimedOut`: the name server did not answer in time.
   * - `ServerFailure`: the name server failed.
   * - `Refused`: the name server refused to answer.
   * - `BadName`: the name is malformed.
   * - `BadResponse`: the answer of the name server was malformed.
   * - `PermissionDenied`: Node's permission model forbids the lookup.
   * - `Unknown`: any other error. `code` names it.
   */
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
  /** The host that was looked up, or the service, such as `http/tcp`. */
  readonly host: string
  /** The error code of the operating system or the resolver, such as `ENOTFOUND`. */
  readonly code?: string | undefined
  /** The original error. */
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => line("resolve", printable(this.host), meaningOf.resolve[this.reason], codeSuffix(this)))
  }
}

/**
 * The reasons of a `ConnectError`:
 *
 * - `Refused`: the connection was refused. Usually nothing listens at the address.
 * - `TimedOut`: a timeout passed.
 * - `HostUnreachable`, `NetworkUnreachable`: there is no route to the host, or to its network.
 * - `Reset`: the peer reset the connection before `connect` returned.
 * - `PermissionDenied`: the operating system or Node's permission model forbids the connection.
 * - `NotFound`: the Unix path does not exist.
 * - `AddressInUse`: the operating system reports that the address is already in use.
 * - `AddressNotAvailable`: this machine has no address from which it could connect, for example because IPv6 is
 *   disabled.
 * - `NoLocalPort`: all local ports for this address are in use. A later connect can succeed.
 * - `BacklogFull`: the backlog of the listener at the Unix path is full.
 * - `WrongSocketType`: the socket at the Unix path is not a stream socket.
 * - `Unsupported`: this version of Node does not have an option that was passed.
 * - `InvalidZone`: the zone of a link-local address is missing, is no network interface of this machine, or has a name
 *   that Node does not accept.
 * - `TooManyOpenFiles`: the operating system has no file descriptor or no buffer left.
 * - `Unknown`: any other error. `code` names it.
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
  | "Unsupported"
  | "InvalidZone"
  | "TooManyOpenFiles"
  | "Unknown"

/**
 * One attempt to connect to an address.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConnectAttempt {
  /** The address that was tried. */
  readonly address: SocketAddress.Resolved
  /**
   * How the attempt ended. `Abandoned`: the attempt was interrupted, because another address connected first, the
   * timeout passed, or the caller was interrupted. Only `onAttempt` gets `Connected` and `Abandoned`. In
   * `ConnectError.attempts`, an attempt that was still running is `TimedOut`.
   */
  readonly outcome: ConnectReason | "Connected" | "Abandoned"
  /** The error code of the operating system or Node, such as `ECONNREFUSED`. */
  readonly code?: string | undefined
  /** How long the attempt took. */
  readonly elapsed: Duration.Duration
}

/** The most tried addresses that a message lists. */
const mostTried = 8

const tried = (attempts: ReadonlyArray<ConnectAttempt>): string => {
  const more = attempts.length > mostTried ? ` and ${attempts.length - mostTried} more` : ""
  return `${attempts
    .slice(0, mostTried)
    .map(({ address }) => format(address))
    .join(", ")}${more}`
}

interface From {
  readonly localAddress?: SocketAddress.Inet | undefined
  readonly localPort?: number | undefined
}

/** The local address that the caller chose, for a message. */
const fromText = ({ localAddress, localPort }: From): string => {
  if (localAddress === undefined) return localPort === undefined ? "" : ` from port ${localPort}`
  return ` from ${localAddress.port === 0 ? hostOf(localAddress) : format(localAddress)}`
}

/**
 * Connecting failed. If the timeout passes while the name is being resolved, `reason` is `TimedOut` and `attempts` is
 * empty.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConnectError extends TaggedError("ConnectError")<{
  /** Why connecting failed. */
  readonly reason: ConnectReason
  /** The address that the caller passed to `connect`. */
  readonly address: SocketAddress.SocketAddress
  /** Every address that was tried, in the order in which the attempts began. */
  readonly attempts: ReadonlyArray<ConnectAttempt>
  /** The option `localAddress` of `connect`, with `localPort` as its port. */
  readonly localAddress?: SocketAddress.Inet | undefined
  /** The option `localPort` of `connect`. */
  readonly localPort?: number | undefined
  /** The error code of the operating system or Node, such as `ECONNREFUSED`. */
  readonly code?: string | undefined
  /** With `TimedOut`: the timeout that passed. */
  readonly by?: TimedOutBy | undefined
  /** If a timeout of this library passed, the length of that timeout. Otherwise `undefined`. */
  readonly timeout?: Duration.Duration | undefined
  /** The original error. */
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => {
      const named =
        this.address._tag === "HostPort" && this.attempts.length > 0 ? `; tried ${tried(this.attempts)}` : ""
      const meaning = timedOutAfter(this) ?? meaningOf.connect[this.reason]
      return line("connect", format(this.address) + fromText(this), meaning, codeSuffix(this)) + named
    })
  }
}

/**
 * The reasons of a `ListenError`:
 *
 * - `AddressInUse`: the address, the Unix path or the inherited file descriptor is already in use.
 * - `AddressNotAvailable`: this machine does not have the address.
 * - `PermissionDenied`: the operating system or Node's permission model forbids listening, for example on a port below
 *   1024.
 * - `NotFound`: the directory of the Unix path, or the inherited file descriptor, does not exist.
 * - `TooManyOpenFiles`: the operating system has no file descriptor or no buffer left.
 * - `Unsupported`: this machine, thread or file descriptor does not support the operation.
 * - `InvalidZone`: the zone of a link-local address is missing, is no network interface of this machine, or has a name
 *   that Node does not accept.
 * - `Unknown`: any other error. `code` names it.
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
 * Listening failed: the address could not be bound or listened on.
 *
 * @since 0.1.0
 * @category errors
 */
export class ListenError extends TaggedError("ListenError")<{
  /** Why listening failed. */
  readonly reason: ListenReason
  /** The address to listen on. With `fd` the address is `unix:`, because the real address is unknown. */
  readonly address: SocketAddress.SocketAddress
  /** The number of the inherited file descriptor. `undefined` if `listenFd` was not used. */
  readonly fd?: number | undefined
  /** The error code of the operating system or Node, such as `EADDRINUSE`. */
  readonly code?: string | undefined
  /** The original error. */
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
 * Accepting a connection failed. If the listener has stopped, every later `accept` fails with the same error. Otherwise
 * the next `accept` can succeed.
 *
 * @since 0.1.0
 * @category errors
 */
export class AcceptError extends TaggedError("AcceptError")<{
  /**
   * Why accepting failed:
   * - `Closed`: the listener is closed.
   * - `TooManyOpenFiles`: the operating system has no file descriptor or no buffer left.
   * - `Unknown`: any other error. `code` names it.
   */
  readonly reason: "Closed" | "TooManyOpenFiles" | "Unknown"
  /** The address of the listener. */
  readonly address: SocketAddress.SocketAddress
  /** The error code of the operating system, such as `EMFILE`. */
  readonly code?: string | undefined
  /** The original error. */
  readonly cause?: unknown
}> {
  override get message(): string {
    return messageOf(() => line("accept", format(this.address), meaningOf.accept[this.reason], codeSuffix(this)))
  }
}
