/**
 * Where a command writes: text to stdout, messages to stderr. A service, so that a command can run inside a test.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as escape from "./escape.ts"

/** `Closed` is a reader that has seen enough (`| head -c 5`): a reason to end, and nothing to speak of. */
export class OutputError extends Data.TaggedError("OutputError")<{
  readonly reason: "Closed" | "Failed"
  readonly code: string
}> {
  override get message(): string {
    return `stdout: ${this.reason === "Closed" ? "closed" : "cannot be written"} (${this.code})`
  }
}

export interface Service {
  /** Text of whatever origin to stdout, escaped where that is a terminal. Waits until it is written. */
  readonly print: (text: string) => Effect.Effect<void, OutputError>
  /** Text of our own to stdout, which may have colours; they are left out where stdout is no terminal. */
  readonly printStyled: (text: string) => Effect.Effect<void, OutputError>
  /** One line to stderr, always escaped. Waits until it is written. */
  readonly note: (line: string) => Effect.Effect<void>
  /** The same for what cannot wait, or must not hold up what it tells of. */
  readonly noteSoon: (line: string) => void
}

export class Output extends Context.Tag("effect-sockets/cli/Output")<Output, Service>() {}

/** What is asked of a stream of Node's. */
export interface Target {
  readonly isTTY?: boolean | undefined
  on(event: "error", listener: () => void): unknown
  write(chunk: string | Uint8Array, done: (error?: NodeJS.ErrnoException | null) => void): unknown
}

const closedCodes = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"])

const outputError = (error: NodeJS.ErrnoException): OutputError => {
  const code = error.code ?? error.name
  return new OutputError({ reason: closedCodes.has(code) ? "Closed" : "Failed", code })
}

/** Interrupted, it waits no longer, and the text may or may not be written. */
const write = (stream: Target, text: string): Effect.Effect<void, OutputError> =>
  Effect.async(resume => {
    stream.write(text, error => resume(error ? Effect.fail(outputError(error)) : Effect.void))
  })

const noted = (line: string): string => `${escape.line(line)}\n`

/** An output on two streams. */
export const make = (stdout: Target, stderr: Target): Service => {
  // An error reaches the callback of its write; without a listener it would end the process too.
  for (const stream of [stdout, stderr]) {
    stream.on("error", () => {})
  }
  const isTerminal = stdout.isTTY === true
  return {
    print: text => write(stdout, isTerminal ? escape.text(text) : text),
    printStyled: text => write(stdout, isTerminal ? text : escape.unstyled(text)),
    note: line => Effect.ignore(write(stderr, noted(line))),
    noteSoon: line => void stderr.write(noted(line), () => {})
  }
}

/** The process's own stdout and stderr. */
export const layer: Layer.Layer<Output> = Layer.sync(Output, () => make(process.stdout, process.stderr))
