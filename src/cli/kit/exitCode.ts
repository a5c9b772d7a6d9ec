/**
 * What becomes of an error at the end of the program: its exit code, and its line on stderr. Pure.
 *
 * 0 done · 1 network, decode or output error · 2 usage or bad address · 70 a bug · 124 a time limit of ours ·
 * 130 SIGINT · 143 SIGTERM
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import type { RecvReason, SocketError } from "../../SocketError.ts"
import type { Event } from "./event.ts"
import type { InputError } from "./input.ts"
import type { OutputError } from "./output.ts"
import * as signal from "./signal.ts"
import type { SilenceError } from "./silence.ts"

/** Words that make no command. Nothing has been opened. */
export class UsageError extends Data.TaggedError("UsageError")<{
  /** The command that the words are about, as a person would type it. */
  readonly command: string
  readonly problem: string
}> {
  override get message(): string {
    return `${this.command}: ${this.problem}; see ${this.command} --help`
  }
}

export type Failure = SocketError | UsageError | InputError | OutputError | SilenceError | signal.Signalled

/** A defect: not the fault of the network or of the words. `EX_SOFTWARE` of sysexits.h. */
export const bug = 70

/** As `timeout(1)` has it. */
const timedOut = 124

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

/** The kernel's own limit is an error of the network. */
const isOurs = (by: string | undefined): boolean => by !== undefined && by !== "kernel"

/** None where the person at the other end knows already. */
export const message = (failure: Failure): Option.Option<string> =>
  failure._tag === "Signalled" || (failure._tag === "OutputError" && failure.reason === "Closed")
    ? Option.none()
    : Option.some(failure.message)

/** The same for a program. */
export const event = (failure: Failure, message: string): Event => ({
  event: "error",
  error: failure._tag,
  reason: "reason" in failure ? failure.reason : undefined,
  code: "code" in failure ? failure.code : undefined,
  message,
  exit: exitCode(failure)
})
