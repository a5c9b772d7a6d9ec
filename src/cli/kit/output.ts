/**
 * Writes text and bytes to stdout, and messages to stderr. It is a service, so that a command can run inside a test.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as escape from "./escape.ts"
import { TerminalText } from "./terminalText.ts"

/** With reason `Closed`, the reader of stdout has gone (`| head -c 5`). The program then exits quietly with 0. */
export class OutputError extends Data.TaggedError("OutputError")<{
  readonly reason: "Closed" | "Failed"
  readonly code: string
}> {
  override get message(): string {
    return `stdout: ${this.reason === "Closed" ? "closed" : "cannot be written"} (${this.code})`
  }
}

/** A line at the bottom of a terminal that is overwritten in place. */
export interface Status {
  readonly columns: () => number
  readonly show: (line: string) => void
  /** Keeps the line on the terminal: later output goes below it. */
  readonly keep: () => void
}

export interface Service {
  /** Prints text of any origin to stdout, escaped if stdout is a terminal. Waits until it is written. */
  readonly print: (text: string) => Effect.Effect<void, OutputError>
  /**
   * Prints our own text to stdout. Styles such as bold are removed if stdout is not a terminal, if `NO_COLOR` is set,
   * or if `TERM` is `dumb`.
   */
  readonly printStyled: (text: string) => Effect.Effect<void, OutputError>
  /** The number of columns for text on stdout: those of the terminal, at most 80. Default: 80. */
  readonly width: () => number
  /** Writes bytes of any origin to stdout; to a terminal as escaped text. Waits until they are written. */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, OutputError>
  /** Call after the last `write`: writes an incomplete character that was held back from a terminal. */
  readonly writeEnd: Effect.Effect<void, OutputError>
  /** Writes one line to stderr, always escaped. Waits until it is written. */
  readonly note: (line: string) => Effect.Effect<void>
  /** Writes one line to stderr like `note`, but does not wait. */
  readonly noteSoon: (line: string) => void
  /** The status line. None if stderr is not a terminal. */
  readonly status: Option.Option<Status>
}

export class Output extends Context.Tag("effect-sockets/cli/Output")<Output, Service>() {}

/** The part of a Node stream that is used here. */
export interface Target {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  on(event: "error", listener: () => void): unknown
  write(chunk: string | Uint8Array, done: (error?: NodeJS.ErrnoException | null) => void): unknown
}

const closedCodes = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"])

const outputError = (error: NodeJS.ErrnoException): OutputError => {
  const code = error.code ?? error.name
  return new OutputError({ reason: closedCodes.has(code) ? "Closed" : "Failed", code })
}

/** Waits until the chunk is written. After an interruption, the chunk may or may not have been written. */
const write = (stream: Target, chunk: string | Uint8Array): Effect.Effect<void, OutputError> =>
  Effect.async(resume => {
    stream.write(chunk, error => resume(error ? Effect.fail(outputError(error)) : Effect.void))
  })

const eraseLine = "\r\x1b[K"

/** `cleared` erases the status line. Other output starts with it, so that the output replaces the status line. */
const statusOn = (stderr: Target) => {
  let isShown = false
  const show = (text: string) => stderr.write(text, () => {})
  const status: Status = {
    // A terminal whose size is not known reports 0 columns.
    columns: () => stderr.columns || 80,
    show: line => {
      isShown = true
      show(`\r${escape.line(line)}\x1b[K`)
    },
    keep: () => {
      if (isShown) show("\n")
      isShown = false
    }
  }
  const cleared = (): string => {
    const erase = isShown ? eraseLine : ""
    isShown = false
    return erase
  }
  return { status, cleared }
}

const widest = 80

/** https://no-color.org: `NO_COLOR` counts if it is set and not empty. */
const allowsStyles = ({ NO_COLOR, TERM }: Environment): boolean => !NO_COLOR && TERM !== "dumb"

export interface Environment {
  readonly NO_COLOR?: string | undefined
  readonly TERM?: string | undefined
}

/** Makes an output from two streams and the environment variables that concern styles. */
export const make = (stdout: Target, stderr: Target, environment: Environment = {}): Service => {
  // An error reaches the callback of its write. Without a listener, the error would also end the process.
  for (const stream of [stdout, stderr]) {
    stream.on("error", () => {})
  }
  const isTerminal = stdout.isTTY === true
  const isStyled = isTerminal && allowsStyles(environment)
  const { cleared, status } = statusOn(stderr)
  const noted = (line: string): string => `${cleared()}${escape.line(line)}\n`
  const terminal = new TerminalText()
  const print = (text: string) => Effect.suspend(() => write(stdout, isTerminal ? cleared() + escape.text(text) : text))
  const written = (text: string) => (text === "" ? Effect.void : write(stdout, cleared() + text))
  return {
    print,
    printStyled: text => write(stdout, isStyled ? text : escape.unstyled(text)),
    width: () => Math.min(widest, (isTerminal && stdout.columns) || widest),
    write: bytes => (isTerminal ? Effect.suspend(() => written(terminal.push(bytes))) : write(stdout, bytes)),
    writeEnd: isTerminal ? Effect.suspend(() => written(terminal.end())) : Effect.void,
    note: line => Effect.suspend(() => Effect.ignore(write(stderr, noted(line)))),
    noteSoon: line => void stderr.write(noted(line), () => {}),
    status: stderr.isTTY === true ? Option.some(status) : Option.none()
  }
}

/** The stdout and stderr of the process. */
export const layer: Layer.Layer<Output> = Layer.sync(Output, () => make(process.stdout, process.stderr, process.env))
