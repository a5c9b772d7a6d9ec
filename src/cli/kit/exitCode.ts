/**
 * What an error means at the end of the program: its exit code, and its line on stderr. Pure.
 *
 * | code | meaning |
 * |---|---|
 * | 0 | done |
 * | 1 | network, decoding, input or output error |
 * | 2 | wrong usage or a bad address |
 * | 70 | a bug |
 * | 124 | a timeout of ours passed |
 * | 129 | SIGHUP |
 * | 130 | SIGINT |
 * | 143 | SIGTERM |
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import type { RecvReason, SocketError } from "../../SocketError.ts"
import type { Row } from "./definition.ts"
import type { Event } from "./event.ts"
import type { InputError } from "./input.ts"
import type { OutputError } from "./output.ts"
import * as signal from "./signal.ts"
import type { SilenceError } from "./silence.ts"

/** The words of the command line are wrong. Nothing has been opened. */
export class UsageError extends Data.TaggedError("UsageError")<{
  /** The command as a person types it, with the name of the program. */
  readonly command: string
  readonly problem: string
}> {
  override get message(): string {
    return `${this.command}: ${this.problem}; see ${this.command} --help`
  }
}

export type Failure = SocketError | UsageError | InputError | OutputError | SilenceError | signal.Signalled

/** A defect: neither the network nor the words are at fault. `EX_SOFTWARE` of sysexits.h. */
export const bug = 70

/** The same code as of `timeout(1)`. */
const timedOut = 124

/** What the exit codes of a command mean, for its help: its own, and those that every command has. */
export const meanings = (own: Readonly<Record<number, string>>): ReadonlyArray<Row> =>
  // The keys of such an object are in ascending order.
  Object.entries({ 2: "Wrong option, argument or address", [bug]: "Bug in effect-sockets; see stderr", ...own })

/** The exit codes of a command that ends by itself, when a signal ends it instead. */
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
      return 2
    case "OutputError":
      return failure.reason === "Closed" ? 0 : 1
    case "SilenceError":
      return timedOut
    case "Signalled":
      return signal.exitCodeOf[failure.signal]
    case "ConnectError":
    case "SendError":
      return isOurs(failure.by) ? timedOut : 1
    case "RecvError":
      return isOurs(failure.by) ? timedOut : isWrongCall(failure.reason) ? 2 : 1
    default:
      return 1
  }
}

const isWrongCall = (reason: RecvReason): boolean => reason === "InvalidBufsize" || reason === "InvalidDelimiter"

/** A timeout of the kernel is an error of the network. */
const isOurs = (by: string | undefined): boolean => by !== undefined && by !== "kernel"

/**
 * The line for stderr. None if the person knows already: after a signal, or when the reader of stdout has closed it.
 */
export const message = (failure: Failure): Option.Option<string> =>
  failure._tag === "Signalled" || (failure._tag === "OutputError" && failure.reason === "Closed")
    ? Option.none()
    : Option.some(failure.message)

/** The error as an event, for `--json`. */
export const event = (failure: Failure, message: string): Event => ({
  event: "error",
  error: failure._tag,
  reason: "reason" in failure ? failure.reason : undefined,
  code: "code" in failure ? failure.code : undefined,
  message,
  exit: exitCode(failure)
})
