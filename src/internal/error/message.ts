/**
 * The parts of an error's message: `operation address: meaning (CODE)`. A message is one line.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../address/index.ts"

/**
 * The timeout that passed. `"kernel"`: the operating system reported `ETIMEDOUT`. Any other value is the name of the
 * option that set the timeout.
 */
export type TimedOutBy =
  | "kernel"
  | "timeout"
  | "recvTimeout"
  | "messageTimeout"
  | "minThroughput"
  | "sendTimeout"
  | "halfOpenTimeout"

/** True if a timeout of this library passed. False for a timeout of the operating system. */
export const isOwnTimeout = (by: TimedOutBy | undefined): boolean => by !== undefined && by !== "kernel"

const unreachable = { HostUnreachable: "no route to host", NetworkUnreachable: "network is unreachable" } as const

const common = {
  TimedOut: "timed out",
  Reset: "connection reset by peer",
  PermissionDenied: "permission denied",
  AddressInUse: "address already in use",
  AddressNotAvailable: "address not available on this machine",
  TooManyOpenFiles: "too many open files",
  InvalidZone:
    "a link-local address needs a network interface of this machine as its zone, as in fe80::1%eth0; " +
    "Node accepts only letters, digits, . and - in the name of the interface",
  Unknown: "failed"
} as const

const broken = {
  Tampered: "a TLS record of the peer is invalid",
  Rejected: "the peer rejected the TLS connection"
} as const

/** What each reason means, as a text for messages. The texts use the words that a person would search for. */
export const meaningOf = {
  resolve: {
    ...common,
    NotFound: "name not found",
    NoData: "the name has no address",
    TryAgain: "temporary failure in name resolution",
    ServerFailure: "the name server failed",
    Refused: "the name server refused",
    BadName: "malformed name",
    BadResponse: "the name server's answer was malformed"
  },
  connect: {
    ...common,
    ...unreachable,
    Refused: "connection refused",
    NotFound: "no such file",
    NoLocalPort: "no local port is free",
    BacklogFull: "the listener's backlog is full",
    WrongSocketType: "the socket at this path is not a stream socket",
    Unsupported: "this version of Node does not have an option that was passed"
  },
  listen: { ...common, NotFound: "no such directory", Unsupported: "not supported on this machine" },
  listenFd: {
    ...common,
    AddressInUse: "this process already listens on it",
    NotFound: "no such file descriptor",
    Unsupported: "not a stream socket that can listen"
  },
  accept: { ...common, Closed: "the listener is closed" },
  recv: {
    ...common,
    ...unreachable,
    ...broken,
    Truncated: "the stream was cut: the peer ended without close_notify",
    Closed: "the socket is closed",
    Busy: "another fiber is receiving from this socket",
    InvalidBufsize: "bufsize must be a positive safe integer",
    InvalidDelimiter: "the delimiter must be bytes or text, and not empty"
  },
  send: {
    ...common,
    ...unreachable,
    ...broken,
    Closed: "the socket is closed",
    BrokenPipe: "broken pipe, the peer has closed",
    AfterShutdown: "the sending half has been shut down"
  }
} as const

/** Returns a message of one line. */
export const line = (operation: string, where: string, meaning: string, code: string): string =>
  `${operation} ${where}: ${meaning}${code}`

/** The code of an operation that Node's permission model forbids. */
export const accessDenied = "ERR_ACCESS_DENIED"

/**
 * Returns the code in parentheses, or an empty text if the error has no code. For `ERR_ACCESS_DENIED`, also names the
 * option of Node that allows the operation.
 */
export const codeSuffix = ({ code }: { readonly code?: string | undefined }): string =>
  code === undefined
    ? ""
    : code === accessDenied
      ? ` (${code}); Node's permission model forbids it, see --allow-net`
      : ` (${code})`

/** The words with which a message names the timeout that passed. A receive can have several timeouts. */
const details: Readonly<Partial<Record<TimedOutBy, string>>> = {
  recvTimeout: " without a byte (recvTimeout)",
  messageTimeout: " in total (messageTimeout)",
  minThroughput: ", because too few bytes arrived (minThroughput)",
  sendTimeout: " without progress (sendTimeout)",
  halfOpenTimeout: " without a byte, after the other peer had ended (halfOpenTimeout)"
}

/** Returns a text such as "timed out after 10s" if a timeout of this library passed. Otherwise returns `undefined`. */
export const timedOutAfter = ({
  by,
  timeout
}: {
  readonly by?: TimedOutBy | undefined
  readonly timeout?: Duration.Duration | undefined
}): string | undefined =>
  timeout && `timed out after ${Duration.format(timeout)}${(by === undefined ? undefined : details[by]) ?? ""}`

/**
 * Returns a hint for `EACCES` on a port below 1024, because the code does not tell that such a port needs privileges.
 * For other ports returns an empty text.
 */
export const hintBelow1024 = (address: SocketAddress.SocketAddress): string =>
  address._tag !== "Unix" && address.port > 0 && address.port < 1024 ? "; ports below 1024 need privileges" : ""

/**
 * Returns the text of the remote address. If the remote address does not name the peer, returns the text of the local
 * address instead. That is so for a Unix client without a path, as most are, and for a peer that reset before its
 * address could be read (port 0).
 */
export const peerOf = (error: {
  readonly localAddress: SocketAddress.SocketAddress
  readonly remoteAddress: SocketAddress.SocketAddress
}): string => {
  const { localAddress, remoteAddress } = error
  const isNamed = remoteAddress._tag === "Unix" ? remoteAddress.path !== undefined : remoteAddress.port !== 0
  return format(isNamed ? remoteAddress : localAddress)
}
