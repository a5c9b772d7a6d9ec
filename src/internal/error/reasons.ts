/**
 * From the code of the operating system to the reason that a caller decides on: one pure and total function for each
 * operation, never looking at message texts. A code that is not known is `Unknown`, and is kept beside it.
 *
 * @internal
 */
import type { AcceptError, ConnectReason, ListenReason, ResolveError } from "./network.ts"
import type { RecvReason, SendReason } from "./stream.ts"

const tooMany = { EMFILE: "TooManyOpenFiles", ENFILE: "TooManyOpenFiles", ENOBUFS: "TooManyOpenFiles" } as const

const lookUp =
  <Reason extends string>(table: Readonly<Record<string, Reason>>) =>
  (code: string | undefined): Reason | "Unknown" =>
    code !== undefined && Object.hasOwn(table, code) ? table[code]! : "Unknown"

const connect: Readonly<Record<string, ConnectReason>> = {
  ...tooMany,
  ECONNREFUSED: "Refused",
  ETIMEDOUT: "TimedOut",
  EHOSTUNREACH: "HostUnreachable",
  EHOSTDOWN: "HostUnreachable",
  ENETUNREACH: "NetworkUnreachable",
  ENETDOWN: "NetworkUnreachable",
  ECONNRESET: "Reset",
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  ENOENT: "NotFound",
  ENOTDIR: "NotFound",
  EADDRINUSE: "AddressInUse",
  EADDRNOTAVAIL: "AddressNotAvailable",
  EAGAIN: "BacklogFull",
  EPROTOTYPE: "WrongSocketType"
}

export const connectReason: (code: string | undefined) => ConnectReason = lookUp(connect)

const listen: Readonly<Record<string, ListenReason>> = {
  ...tooMany,
  EADDRINUSE: "AddressInUse",
  EADDRNOTAVAIL: "AddressNotAvailable",
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  ENOENT: "NotFound",
  ENOTDIR: "NotFound",
  EAFNOSUPPORT: "Unsupported",
  EINVAL: "Unsupported",
  // Of a descriptor that is none of a socket that can listen.
  ENOTSOCK: "Unsupported",
  EOPNOTSUPP: "Unsupported",
  // What Node says of an inherited descriptor that it listens on already.
  EEXIST: "AddressInUse",
  // A worker thread has no umask of its own, so no `mode`.
  ERR_WORKER_UNSUPPORTED_OPERATION: "Unsupported"
}

/**
 * For a Unix path Node says `EACCES` of a missing directory too, so the caller has to look whether it is there.
 */
export const listenReason = (code: string | undefined, directoryIsMissing = false): ListenReason =>
  directoryIsMissing && code === "EACCES" ? "NotFound" : lookUp(listen)(code)

const accept: Readonly<Record<string, AcceptError["reason"]>> = tooMany

export const acceptReason: (code: string | undefined) => AcceptError["reason"] = lookUp(accept)

const recv: Readonly<Record<string, RecvReason>> = {
  ECONNRESET: "Reset",
  // A send that failed has closed the socket: what the peer did to it is a reset.
  EPIPE: "Reset",
  ECONNABORTED: "Reset",
  ETIMEDOUT: "TimedOut",
  EHOSTUNREACH: "HostUnreachable",
  ENETUNREACH: "HostUnreachable",
  ENETDOWN: "HostUnreachable",
  ERR_SOCKET_CLOSED: "Closed",
  ERR_STREAM_DESTROYED: "Closed"
}

export const recvReason: (code: string | undefined) => RecvReason = lookUp(recv)

const send: Readonly<Record<string, SendReason>> = {
  EPIPE: "BrokenPipe",
  ECONNRESET: "Reset",
  ECONNABORTED: "Reset",
  ETIMEDOUT: "TimedOut",
  EHOSTUNREACH: "HostUnreachable",
  ENETUNREACH: "HostUnreachable",
  ENETDOWN: "HostUnreachable",
  ERR_STREAM_WRITE_AFTER_END: "AfterShutdown",
  ERR_SOCKET_CLOSED: "Closed",
  ERR_STREAM_DESTROYED: "Closed"
}

export const sendReason: (code: string | undefined) => SendReason = lookUp(send)

const resolve: Readonly<Record<string, ResolveError["reason"]>> = {
  ENOTFOUND: "NotFound",
  EAI_NONAME: "NotFound",
  ENODATA: "NoData",
  EAI_NODATA: "NoData",
  EAI_ADDRFAMILY: "NoData",
  EAI_AGAIN: "TryAgain",
  EMFILE: "TryAgain",
  ENFILE: "TryAgain",
  EAI_FAIL: "ServerFailure",
  EAI_MEMORY: "TryAgain",
  ESERVFAIL: "ServerFailure",
  EREFUSED: "Refused",
  ECONNREFUSED: "Refused",
  ETIMEOUT: "TimedOut",
  ETIMEDOUT: "TimedOut",
  EBADNAME: "BadName",
  EINVAL: "BadName",
  EFORMERR: "BadResponse",
  EBADRESP: "BadResponse",
  ENOTIMP: "ServerFailure"
}

export const resolveReason: (code: string | undefined) => ResolveError["reason"] = lookUp(resolve)

const tables = { connect, listen, resolve, recv, send }

/** A code of an operation that has this reason: for a network that makes its errors itself. */
export const codeFor = (operation: keyof typeof tables, reason: string): string =>
  Object.entries<string>(tables[operation]).find(([, known]) => known === reason)?.[0] ?? "EIO"
