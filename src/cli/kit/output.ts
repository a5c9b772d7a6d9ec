/**
 * Where a command writes: text and bytes to stdout, messages to stderr. A service, so that a command can run inside a
 * test.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as escape from "./escape.ts"
import { TerminalText } from "./terminalText.ts"

/** `Closed` is a reader that has seen enough (`| head -c 5`): a reason to end, and nothing to speak of. */
export class OutputError extends Data.TaggedError("OutputError")<{
  readonly reason: "Closed" | "Failed"
  readonly code: string
}> {
  override get message(): string {
    return `stdout: ${this.reason === "Closed" ? "closed" : "cannot be written"} (${this.code})`
  }
}

/** The last line of a terminal, which the next one takes the place of. */
export interface Status {
  readonly columns: () => number
  readonly show: (line: string) => void
  /** What is shown stays. */
  readonly keep: () => void
}

export interface Service {
  /** Text of whatever origin to stdout, escaped where that is a terminal. Waits until it is written. */
  readonly print: (text: string) => Effect.Effect<void, OutputError>
  /** Text of our own to stdout, which may have colours; they are left out where stdout is no terminal. */
  readonly printStyled: (text: string) => Effect.Effect<void, OutputError>
  /** Bytes of whatever origin to stdout; on a terminal as text, escaped. Waits until they are written. */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, OutputError>
  /** After the last bytes: half a character that a terminal was spared so far. */
  readonly writeEnd: Effect.Effect<void, OutputError>
  /** One line to stderr, always escaped. Waits until it is written. */
  readonly note: (line: string) => Effect.Effect<void>
  /** The same for what cannot wait, or must not hold up what it tells of. */
  readonly noteSoon: (line: string) => void
  /** Where stderr is a terminal. */
  readonly status: Option.Option<Status>
}

export class Output extends Context.Tag("effect-sockets/cli/Output")<Output, Service>() {}

/** What is asked of a stream of Node's. */
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

/** Interrupted, it waits no longer, and the text may or may not be written. */
const write = (stream: Target, chunk: string | Uint8Array): Effect.Effect<void, OutputError> =>
  Effect.async(resume => {
    stream.write(chunk, error => resume(error ? Effect.fail(outputError(error)) : Effect.void))
  })

const eraseLine = "\r\x1b[K"

/** Whatever is written while a status is shown takes its place. */
const statusOn = (stderr: Target) => {
  let isShown = false
  const show = (text: string) => stderr.write(text, () => {})
  const status: Status = {
    // A terminal of no width is one that nobody has measured.
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

/** An output on two streams. */
export const make = (stdout: Target, stderr: Target): Service => {
  // An error reaches the callback of its write; without a listener it would end the process too.
  for (const stream of [stdout, stderr]) {
    stream.on("error", () => {})
  }
  const isTerminal = stdout.isTTY === true
  const { cleared, status } = statusOn(stderr)
  const noted = (line: string): string => `${cleared()}${escape.line(line)}\n`
  const terminal = new TerminalText()
  const print = (text: string) => Effect.suspend(() => write(stdout, isTerminal ? cleared() + escape.text(text) : text))
  const written = (text: string) => (text === "" ? Effect.void : write(stdout, cleared() + text))
  return {
    print,
    printStyled: text => write(stdout, isTerminal ? text : escape.unstyled(text)),
    write: bytes => (isTerminal ? Effect.suspend(() => written(terminal.push(bytes))) : write(stdout, bytes)),
    writeEnd: isTerminal ? Effect.suspend(() => written(terminal.end())) : Effect.void,
    note: line => Effect.suspend(() => Effect.ignore(write(stderr, noted(line)))),
    noteSoon: line => void stderr.write(noted(line), () => {}),
    status: stderr.isTTY === true ? Option.some(status) : Option.none()
  }
}

/** The process's own stdout and stderr. */
export const layer: Layer.Layer<Output> = Layer.sync(Output, () => make(process.stdout, process.stderr))
