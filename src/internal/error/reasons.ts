/**
 * Maps an error code of the operating system to a reason. Each operation has one pure function, which accepts any code
 * and never reads the text of a message. The reason of an unknown code is `Unknown`.
 *
 * @internal
 */
import type { AcceptError, ConnectReason, ListenReason, ResolveError } from "./network.ts"
import type { RecvReason, SendReason } from "./stream.ts"

const tooMany = { EMFILE: "TooManyOpenFiles", ENFILE: "TooManyOpenFiles", ENOBUFS: "TooManyOpenFiles" } as const

/** Node's permission model forbids the operation. */
const forbidden = { ERR_ACCESS_DENIED: "PermissionDenied" } as const

/** The zone of a link-local address is missing, or is no network interface of this machine. */
const noZone = { ENODEV: "InvalidZone" } as const

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
  ...forbidden,
  ...noZone,
  ENOENT: "NotFound",
  ENOTDIR: "NotFound",
  EADDRINUSE: "AddressInUse",
  // Without `localAddress`, a connect binds no local address. So usually this code means that the system found no free
  // local port.
  EADDRNOTAVAIL: "NoLocalPort",
  EAFNOSUPPORT: "AddressNotAvailable",
  EAGAIN: "BacklogFull",
  EPROTOTYPE: "WrongSocketType",
  ENOPROTOOPT: "Unsupported"
}

/**
 * Returns the reason of a failed connect. The system reports `EADDRNOTAVAIL` in two cases: no local port is free, or
 * this machine has no address from which it could connect. In the second case the caller must pass true for
 * `hasNoSource`.
 */
export const connectReason = (code: string | undefined, hasNoSource = false): ConnectReason =>
  hasNoSource && code === "EADDRNOTAVAIL" ? "AddressNotAvailable" : lookUp(connect)(code)

const listen: Readonly<Record<string, ListenReason>> = {
  ...tooMany,
  EADDRINUSE: "AddressInUse",
  EADDRNOTAVAIL: "AddressNotAvailable",
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  ...forbidden,
  ...noZone,
  ENOENT: "NotFound",
  ENOTDIR: "NotFound",
  EAFNOSUPPORT: "Unsupported",
  EINVAL: "Unsupported",
  // The file descriptor is not a socket, or is a socket that cannot listen.
  ENOTSOCK: "Unsupported",
  EOPNOTSUPP: "Unsupported",
  ENOTSUP: "Unsupported",
  ENOPROTOOPT: "Unsupported",
  // Node reports this if it already listens on the inherited descriptor.
  EEXIST: "AddressInUse",
  // The umask belongs to the whole process, so a worker thread cannot set it for the option `mode`.
  ERR_WORKER_UNSUPPORTED_OPERATION: "Unsupported"
}

/**
 * Returns the reason of a failed listen. For a Unix path, Node reports `EACCES` also if the directory is missing. In
 * that case the caller must pass true for `directoryIsMissing`.
 */
export const listenReason = (code: string | undefined, directoryIsMissing = false): ListenReason =>
  directoryIsMissing && code === "EACCES" ? "NotFound" : lookUp(listen)(code)

const accept: Readonly<Record<string, AcceptError["reason"]>> = tooMany

export const acceptReason: (code: string | undefined) => AcceptError["reason"] = lookUp(accept)

const recv: Readonly<Record<string, RecvReason>> = {
  ECONNRESET: "Reset",
  // A send on this connection has failed because the peer is gone. A receive reports this as a reset by the peer.
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
  ...forbidden,
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

/**
 * Returns an error code that maps to this reason for this operation, or `EIO` if there is none. `Fault.failNext` makes
 * its errors from such codes.
 */
export const codeFor = (operation: keyof typeof tables, reason: string): string =>
  Object.entries<string>(tables[operation]).find(([, known]) => known === reason)?.[0] ?? "EIO"
