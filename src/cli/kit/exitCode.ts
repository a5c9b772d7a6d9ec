/**
 * Returns the exit code and the line on stderr for each error of the program. Pure.
 *
 * | code | meaning |
 * |---|---|
 * | 0 | done |
 * | 1 | network, TLS, decoding, input or output error |
 * | 2 | wrong usage or a bad address |
 * | 70 | a bug |
 * | 124 | a timeout of the program or the library passed |
 * | 129 | SIGHUP |
 * | 130 | SIGINT, or a second signal to a server |
 * | 143 | SIGTERM |
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import type { RecvReason, SocketError } from "../../SocketError.ts"
import type { TlsConfigError, TlsError } from "../../Tls.ts"
import type { Row } from "./definition.ts"
import type { Event } from "./event.ts"
import type { InputError } from "./input.ts"
import type { OutputError } from "./output.ts"
import * as signal from "./signal.ts"
import type { SilenceError } from "./silence.ts"

/** The command line is wrong. The command has not opened a connection. */
export class UsageError extends Data.TaggedError("UsageError")<{
  /** The command as a person types it, with the name of the program. */
  readonly command: string
  readonly problem: string
}> {
  override get message(): string {
    return `${this.command}: ${this.problem}; see ${this.command} --help`
  }
}

export type Failure =
  | SocketError
  | TlsError
  | TlsConfigError
  | UsageError
  | InputError
  | OutputError
  | SilenceError
  | signal.Signalled

/** The exit code of a defect, which is a bug of the program. It is `EX_SOFTWARE` of sysexits.h. */
export const bug = 70

/** The exit code after a timeout. The command `timeout(1)` uses the same code. */
const timedOut = 124

/** Returns the rows of exit codes in the help of a command: its own codes, and those that every command has. */
export const meanings = (own: Readonly<Record<number, string>>): ReadonlyArray<Row> =>
  // JavaScript sorts object keys that are integers in ascending order, so the rows are in the order of the codes.
  Object.entries({ 2: "Wrong option, argument or address", [bug]: "Bug in effect-sockets; see stderr", ...own })

/** The exit codes of a command that is not a server, if a signal ends the command. */
export const signalled = {
  129: "The terminal closed (SIGHUP)",
  130: "Interrupted by Ctrl-C (SIGINT)",
  143: "Terminated by SIGTERM"
} as const

/** The exit codes of a server. */
export const served = {
  0: "Stopped by Ctrl-C (SIGINT), SIGTERM or SIGHUP; clients had 10 seconds to finish",
  1: "Cannot listen or accept",
  130: "Stopped by a second signal, before the clients had finished"
} as const

export const exitCode = (failure: Failure): number => {
  switch (failure._tag) {
    case "UsageError":
    case "AddressError":
    case "TlsConfigError":
      return 2
    case "OutputError":
      return failure.reason === "Closed" ? 0 : 1
    case "SilenceError":
      return timedOut
    case "Signalled":
      return signal.exitCodeOf[failure.signal]
    case "ConnectError":
    case "TlsError":
    case "SendError":
      return isOurs(failure.by) ? timedOut : 1
    case "RecvError":
      return isOurs(failure.by) ? timedOut : isWrongCall(failure.reason) ? 2 : 1
    default:
      return 1
  }
}

const isWrongCall = (reason: RecvReason): boolean => reason === "InvalidBufsize" || reason === "InvalidDelimiter"

/**
 * True if the error comes from a timeout that the library or the program measures. A timeout of the kernel counts as a
 * network error.
 */
const isOurs = (by: string | undefined): boolean => by !== undefined && by !== "kernel"

/**
 * Returns the line for stderr. Returns none after a signal, or if the reader of stdout has closed it. These two cases
 * need no message.
 */
export const message = (failure: Failure): Option.Option<string> =>
  failure._tag === "Signalled" || (failure._tag === "OutputError" && failure.reason === "Closed")
    ? Option.none()
    : Option.some(failure.message)

/** Returns the error as an event, for `--json`. */
export const event = (failure: Failure, message: string): Event => ({
  event: "error",
  error: failure._tag,
  reason: "reason" in failure ? failure.reason : undefined,
  code: "code" in failure ? failure.code : undefined,
  message,
  exit: exitCode(failure)
})
