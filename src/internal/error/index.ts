/**
 * The error classes, their reasons and the texts of their messages.
 *
 * @internal
 */
export { FrameEncodeError, FrameError } from "./frame.ts"
export { accessDenied, codeSuffix, isOwnTimeout, line, type TimedOutBy, timedOutAfter } from "./message.ts"
export {
  AcceptError,
  type ConnectAttempt,
  ConnectError,
  type ConnectReason,
  ListenError,
  type ListenReason,
  ResolveError
} from "./network.ts"
export { acceptReason, codeFor, connectReason, listenReason, recvReason, resolveReason, sendReason } from "./reasons.ts"
export { LimitExceeded, RecvError, type RecvReason, SendError, type SendReason, UnexpectedEnd } from "./stream.ts"
