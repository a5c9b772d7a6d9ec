/**
 * The errors of addresses, connections, text and framings. The errors of TLS are in `Tls`. If an error has a `reason`,
 * it is one of a fixed set of cases, so a caller can handle each case. `code` is the error code of the operating
 * system, the resolver or Node. `cause` is the original error. An interruption is never reported as one of these
 * errors. If an operation dies with a defect, the program or the library has a bug.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type { AddressError } from "./internal/address/index.ts"
import type {
  AcceptError,
  ConnectError,
  FrameEncodeError,
  FrameError,
  LimitExceeded,
  ListenError,
  RecvError,
  ResolveError,
  SendError,
  UnexpectedEnd
} from "./internal/error/index.ts"
import type { DecodeError, EncodeError } from "./internal/text/index.ts"

export {
  /**
   * @since 0.1.0
   * @category errors
   */
  AddressError
} from "./internal/address/index.ts"
export type {
  /**
   * @since 0.1.0
   * @category models
   */
  TimedOutBy
} from "./internal/error/index.ts"
export {
  /**
   * @since 0.1.0
   * @category errors
   */
  AcceptError,
  /**
   * @since 0.1.0
   * @category models
   */
  type ConnectAttempt,
  /**
   * @since 0.1.0
   * @category errors
   */
  ConnectError,
  /**
   * @since 0.1.0
   * @category models
   */
  type ConnectReason,
  /**
   * @since 0.1.0
   * @category errors
   */
  FrameEncodeError,
  /**
   * @since 0.1.0
   * @category errors
   */
  FrameError,
  /**
   * @since 0.1.0
   * @category errors
   */
  LimitExceeded,
  /**
   * @since 0.1.0
   * @category errors
   */
  ListenError,
  /**
   * @since 0.1.0
   * @category models
   */
  type ListenReason,
  /**
   * @since 0.1.0
   * @category errors
   */
  RecvError,
  /**
   * @since 0.1.0
   * @category models
   */
  type RecvReason,
  /**
   * @since 0.1.0
   * @category errors
   */
  ResolveError,
  /**
   * @since 0.1.0
   * @category errors
   */
  SendError,
  /**
   * @since 0.1.0
   * @category models
   */
  type SendReason,
  /**
   * @since 0.1.0
   * @category errors
   */
  UnexpectedEnd
} from "./internal/error/index.ts"
export {
  /**
   * @since 0.1.0
   * @category errors
   */
  OptionError
} from "./internal/option/index.ts"
export {
  /**
   * @since 0.1.0
   * @category errors
   */
  DecodeError,
  /**
   * @since 0.1.0
   * @category errors
   */
  EncodeError
} from "./internal/text/index.ts"

/**
 * Any error of this module that an operation can fail with: all but `OptionError`.
 *
 * @since 0.1.0
 * @category models
 */
export type SocketError =
  | AddressError
  | ResolveError
  | ConnectError
  | ListenError
  | AcceptError
  | RecvError
  | SendError
  | UnexpectedEnd
  | LimitExceeded
  | DecodeError
  | EncodeError
  | FrameError
  | FrameEncodeError

type NetworkError = ResolveError | ConnectError | ListenError | AcceptError | RecvError | SendError

/** `TlsError` is a class of `Tls`. Its reasons with the same names have the same meaning. */
const networkErrors: ReadonlySet<unknown> = /*#__PURE__*/ new Set<NetworkError["_tag"] | "TlsError">([
  "ResolveError",
  "ConnectError",
  "ListenError",
  "AcceptError",
  "RecvError",
  "SendError",
  "TlsError"
])

/** Returns the reason of a network error, or `undefined` for any other value. */
const reasonOf = (error: unknown): unknown =>
  Predicate.hasProperty(error, "_tag") && networkErrors.has(error._tag) && Predicate.hasProperty(error, "reason")
    ? error.reason
    : undefined

/**
 * Returns true if the reason of the error is `TimedOut`: a timeout of the kernel, of the name server or of this library
 * passed. For `ConnectError`, `RecvError`, `SendError` and `TlsError`, `by` names the timeout. Returns false for a
 * value whose `_tag` is not that of a network error.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isTimeout = (error: unknown): boolean => reasonOf(error) === "TimedOut"

/**
 * True if the cause of this reason often passes by itself. The type requires an entry for every reason, so that the
 * compiler reports a missing entry.
 */
const retryable: Readonly<Record<NetworkError["reason"], boolean>> = {
  Refused: true,
  TimedOut: true,
  HostUnreachable: true,
  NetworkUnreachable: true,
  TryAgain: true,
  Reset: true,
  TooManyOpenFiles: true,
  NoLocalPort: true,
  BacklogFull: true,
  AddressInUse: false,
  AddressNotAvailable: false,
  AfterShutdown: false,
  BadName: false,
  BadResponse: false,
  BrokenPipe: false,
  Busy: false,
  Closed: false,
  InvalidBufsize: false,
  InvalidDelimiter: false,
  InvalidZone: false,
  NoData: false,
  NotFound: false,
  PermissionDenied: false,
  Rejected: false,
  ServerFailure: false,
  Tampered: false,
  Truncated: false,
  Unknown: false,
  Unsupported: false,
  WrongSocketType: false
}

/**
 * Returns true if the reason often passes by itself, so that the same operation may succeed when it is tried again. Use
 * it with `Effect.retry` and `Schedule.whileInput`. Returns false for a value whose `_tag` is not that of a network
 * error.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isRetryable = (error: unknown): boolean => {
  const reason = reasonOf(error)
  return typeof reason === "string" && Object.hasOwn(retryable, reason) && retryable[reason as NetworkError["reason"]]
}

/**
 * Returns true if the reason is `Reset`, `BrokenPipe` or `Ended`, or the error is an `UnexpectedEnd`: the peer reset
 * the connection, closed it before all bytes were sent, ended it during a TLS handshake, or ended the stream before the
 * expected bytes had arrived. Returns false for a value without the `_tag` of such an error.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isPeerGone = (error: unknown): boolean => {
  const reason = reasonOf(error)
  return (
    reason === "Reset" || reason === "BrokenPipe" || reason === "Ended" || Predicate.isTagged(error, "UnexpectedEnd")
  )
}

const pythonNames: Readonly<Record<string, string>> = {
  AddressError: "ValueError",
  ResolveError: "gaierror",
  UnexpectedEnd: "IncompleteReadError",
  LimitExceeded: "LimitOverrunError",
  DecodeError: "UnicodeDecodeError",
  EncodeError: "UnicodeEncodeError",
  FrameError: "ValueError",
  FrameEncodeError: "ValueError",
  Refused: "ConnectionRefusedError",
  TimedOut: "TimeoutError",
  Reset: "ConnectionResetError",
  PermissionDenied: "PermissionError",
  NotFound: "FileNotFoundError",
  BacklogFull: "BlockingIOError",
  BrokenPipe: "BrokenPipeError",
  AfterShutdown: "BrokenPipeError",
  InvalidBufsize: "ValueError",
  InvalidDelimiter: "ValueError"
}

/**
 * Returns the name of the exception that Python raises for the same error or a similar one. If Python has no special
 * class for the error, returns `OSError`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toPythonName = (error: SocketError): string =>
  pythonNames[error._tag] ?? ("reason" in error ? pythonNames[error.reason] : undefined) ?? "OSError"
