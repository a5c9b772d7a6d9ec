/**
 * What the message of an error is made of: `operation where: meaning (CODE)`, always one line.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import type * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../address/index.ts"

/**
 * Which timeout passed: `"kernel"` for `ETIMEDOUT`, else the name of the option.
 */
export type TimedOutBy =
  | "kernel"
  | "timeout"
  | "idle"
  | "recvTimeout"
  | "messageTimeout"
  | "minThroughput"
  | "sendTimeout"

const unreachable = { HostUnreachable: "no route to host", NetworkUnreachable: "network is unreachable" } as const

const common = {
  TimedOut: "timed out",
  Reset: "connection reset by peer",
  PermissionDenied: "permission denied",
  AddressInUse: "address already in use",
  AddressNotAvailable: "address not available on this machine",
  TooManyOpenFiles: "too many open files",
  Unknown: "failed"
} as const

/** What each reason means, in the words a person would look for. */
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
    BacklogFull: "the listener's backlog is full",
    WrongSocketType: "the path is a socket of another type"
  },
  listen: { ...common, NotFound: "no such directory", Unsupported: "not supported on this machine" },
  listenFd: {
    ...common,
    AddressInUse: "it is listened on here already",
    NotFound: "no such descriptor",
    Unsupported: "not a stream socket that can listen"
  },
  accept: { ...common, Closed: "the listener is closed" },
  recv: {
    ...common,
    ...unreachable,
    Closed: "the socket is closed",
    Busy: "another fiber is receiving from this socket",
    InvalidBufsize: "bufsize must be a positive safe integer",
    InvalidDelimiter: "the delimiter must be bytes or text, and not empty"
  },
  send: {
    ...common,
    ...unreachable,
    Closed: "the socket is closed",
    BrokenPipe: "broken pipe, the peer has closed",
    AfterShutdown: "the sending half has been shut down"
  }
} as const

/** A message: one line. */
export const line = (operation: string, where: string, meaning: string, code: string): string =>
  `${operation} ${where}: ${meaning}${code}`

/** The code in parentheses, where there is one. */
export const codeSuffix = (error: { readonly code?: string | undefined }): string =>
  error.code === undefined ? "" : ` (${error.code})`

/** Which timeout it was, where an operation has several. */
const details: Readonly<Partial<Record<TimedOutBy, string>>> = {
  recvTimeout: " without a byte (recvTimeout)",
  messageTimeout: " in all (messageTimeout)",
  minThroughput: " of waiting for too few bytes (minThroughput)",
  sendTimeout: " without progress (sendTimeout)"
}

/** "timed out after 10s", for a timeout of ours. */
export const timedOutAfter = ({
  by,
  timeout
}: {
  readonly by?: TimedOutBy | undefined
  readonly timeout?: Duration.Duration | undefined
}): string | undefined =>
  timeout && `timed out after ${Duration.format(timeout)}${(by === undefined ? undefined : details[by]) ?? ""}`

/** Ports below 1024 need privileges, and nothing in EACCES says so. */
export const hintBelow1024 = (address: SocketAddress.SocketAddress): string =>
  address._tag !== "Unix" && address.port > 0 && address.port < 1024 ? "; ports below 1024 need privileges" : ""

/** The remote address, or the local one where the peer has no name (a Unix client). */
export const peerOf = (error: {
  readonly localAddress: SocketAddress.SocketAddress
  readonly remoteAddress: SocketAddress.SocketAddress
}): string => {
  const { localAddress, remoteAddress } = error
  return format(remoteAddress._tag === "Unix" && remoteAddress.path === undefined ? localAddress : remoteAddress)
}
