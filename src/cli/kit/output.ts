/**
 * Writes text and bytes to stdout, and messages to stderr. The output is a service, so a test can replace it when it
 * runs a command.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as escape from "./escape.ts"
import { TerminalText } from "./terminalText.ts"

/**
 * Stdout cannot be written. `Closed` means that the reader of stdout has closed it, as in `| head -c 5`. Then the
 * program exits with 0 and without a message.
 */
export class OutputError extends Data.TaggedError("OutputError")<{
  readonly reason: "Closed" | "Failed"
  readonly code: string
}> {
  override get message(): string {
    return `stdout: ${this.reason === "Closed" ? "closed" : "cannot be written"} (${this.code})`
  }
}

/** The status line: a line at the bottom of a terminal that is overwritten in place. */
export interface Status {
  readonly columns: () => number
  readonly show: (line: string) => void
  /** Keeps the line on the terminal. Later output begins below the line. */
  readonly keep: () => void
}

export interface Service {
  /**
   * Prints text, which may come from a peer, to stdout. If stdout is a terminal, the text is escaped. Waits until it is
   * written.
   */
  readonly print: (text: string) => Effect.Effect<void, OutputError>
  /**
   * Prints a text of the program itself to stdout. Removes styles such as bold if stdout is not a terminal, if
   * `NO_COLOR` is set and not empty, or if `TERM` is `dumb`.
   */
  readonly printStyled: (text: string) => Effect.Effect<void, OutputError>
  /**
   * Returns how many columns a text on stdout may use: the columns of the terminal, but at most 80. If stdout is not a
   * terminal, returns 80.
   */
  readonly width: () => number
  /**
   * Writes bytes, which may come from a peer, to stdout. To a terminal, writes them as escaped text. Waits until they
   * are written.
   */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, OutputError>
  /**
   * Writes an incomplete character or a `\r` that `write` has held back from a terminal. Run it after the last `write`.
   */
  readonly writeEnd: Effect.Effect<void, OutputError>
  /** Writes one line to stderr, always escaped. Waits until it is written. */
  readonly note: (line: string) => Effect.Effect<void>
  /** Writes one line to stderr like `note`, but does not wait. */
  readonly noteSoon: (line: string) => void
  /** The status line. None if stderr is not a terminal. */
  readonly status: Option.Option<Status>
}

export class Output extends Context.Tag("effect-sockets/cli/Output")<Output, Service>() {}

/** The members of a Node stream that this file uses. */
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

/** Writes a chunk, and waits until it is written. After an interruption, the chunk may or may not have been written. */
const write = (stream: Target, chunk: string | Uint8Array): Effect.Effect<void, OutputError> =>
  Effect.async(resume => {
    stream.write(chunk, error => resume(error ? Effect.fail(outputError(error)) : Effect.void))
  })

const eraseLine = "\r\x1b[K"

/**
 * Makes the status line on stderr. `cleared` returns the text that erases the status line. Every other output to the
 * terminal, except `printStyled`, starts with that text. So the output replaces the status line.
 */
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

/** True if the environment allows styles. `NO_COLOR` forbids them if it is set and not empty: https://no-color.org. */
const allowsStyles = ({ NO_COLOR, TERM }: Environment): boolean => !NO_COLOR && TERM !== "dumb"

/** The environment variables that decide whether the output has styles. */
export interface Environment {
  readonly NO_COLOR?: string | undefined
  readonly TERM?: string | undefined
}

/** Makes an output from two streams and the environment variables for styles. */
export const make = (stdout: Target, stderr: Target, environment: Environment = {}): Service => {
  // Each write reports its error to its callback. Without this listener, the error would also end the process.
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
