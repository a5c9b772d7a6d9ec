/**
 * The command-line program as one effect. The effect parses the arguments, runs the command, reports failures on
 * stderr, and returns the exit code. The caller provides the services, such as the `Network` and the engine of `Tls`.
 */
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type * as Terminal from "@effect/platform/Terminal"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as Network from "../Network.ts"
import type * as Tls from "../Tls.ts"
import { commands, definitions } from "./commands/index.ts"
import { lesson } from "./commands/lesson.ts"
import * as commandLine from "./kit/commandLine.ts"
import type { Definition } from "./kit/definition.ts"
import * as escape from "./kit/escape.ts"
import { json } from "./kit/event.ts"
import * as exitCode from "./kit/exitCode.ts"
import * as help from "./kit/help.ts"
import { Input } from "./kit/input.ts"
import { Output, type OutputError, type Service } from "./kit/output.ts"
import { failOnSignal, type Signals } from "./kit/signal.ts"

const name = "effect-sockets"

/** The version of the program. A test checks that package.json has the same version. */
export const version = "0.1.0"

/** The texts that `effect-sockets --help` shows: the summary, the examples and the exit codes. */
const definition: Definition = {
  summary:
    "Open, serve and inspect socket connections; without a command, run the lesson (a server and a client in one process).",
  operands: {},
  groups: {},
  examples: [
    ["Run the lesson", "effect-sockets"],
    [
      "Start a server, and send it a line",
      "effect-sockets echo 127.0.0.1 7007 &",
      "echo hello | effect-sockets pipe 127.0.0.1 7007"
    ],
    ["Show the options of a command", "effect-sockets pipe --help"]
  ],
  exitCodes: exitCode.meanings({
    0: "Done; also when a signal has stopped a server",
    1: "Network, decoding, input or output error",
    124: "A timeout passed",
    ...exitCode.signalled
  })
}

const root = Command.make(name, {}, () => failOnSignal(lesson)).pipe(
  Command.withDescription(definition.summary),
  Command.withSubcommands(commands)
)

/** Returns the help of a command, or of the program if `command` is undefined. */
export const helpOf = (command: string | undefined, width: number): string =>
  command === undefined
    ? help.ofProgram(name, definition, definitions, width)
    : help.ofCommand(`${name} ${command}`, definitions[command as keyof typeof definitions], width)

const run = Command.run(root, { name, version, executable: name })

/**
 * A console for `@effect/cli`. It drops the errors that `@effect/cli` prints, because the program reports all errors
 * itself. A console cannot fail. So if a text cannot be written to stdout, the error is stored in `lost`.
 */
const quietConsole = (console: Console.Console, output: Service, lost: Lost): Console.Console => ({
  ...console,
  log: (...args) =>
    Effect.catchAll(output.printStyled(args.join(" ").replace(/\n*$/, "\n")), error =>
      Ref.set(lost, Option.some(error))
    ),
  error: () => Effect.void
})

type Lost = Ref.Ref<Option.Option<OutputError>>

/**
 * Runs an effect with a console that drops error messages. Fails after the effect if a text could not be written to
 * stdout.
 */
const withQuietConsole = <A, E, R>(self: Effect.Effect<A, E, R>, output: Service) =>
  Effect.gen(function* () {
    const lost = yield* Ref.make(Option.none<OutputError>())
    const result = yield* Console.consoleWith(console => Console.withConsole(self, quietConsole(console, output, lost)))
    const error = yield* Ref.get(lost)
    return Option.isSome(error) ? yield* error.value : result
  })

/** Writes the log messages of the library to stderr, for example how a server drained. */
const logger = (output: Service, asJson: boolean) =>
  Logger.make(({ cause, logLevel, message }) => {
    const what = Cause.isEmpty(cause) ? [message].flat().join(" ") : Cause.pretty(cause)
    output.noteSoon(asJson ? json({ event: "log", level: logLevel.label, message: what }) : what)
  })

const usageError = (command: string, error: ValidationError.ValidationError): exitCode.UsageError => {
  const problem = escape.unstyled(HelpDoc.toAnsiText(error.error)).replace(/\s+/g, " ").trim()
  return new exitCode.UsageError({ command, problem })
}

/**
 * Reports a typed failure as one line, if it has a message. Any other cause is a bug, so it is reported with its stack
 * trace.
 */
const report = (cause: Cause.Cause<exitCode.Failure>, output: Service, asJson: boolean): Effect.Effect<number> =>
  Option.match(Cause.failureOption(cause), {
    onSome: failure =>
      Effect.as(
        Option.match(exitCode.message(failure), {
          onNone: () => Effect.void,
          onSome: message => output.note(asJson ? json(exitCode.event(failure, message)) : message)
        }),
        exitCode.exitCode(failure)
      ),
    onNone: () =>
      Effect.as(
        Effect.forEach(Cause.pretty(cause).split("\n"), line => output.note(line), { discard: true }),
        exitCode.bug
      )
  })

type Needed =
  | Network.Network
  | Tls.Tls
  | Input
  | Output
  | Signals
  | FileSystem.FileSystem
  | Path.Path
  | Terminal.Terminal

/** Runs an effect and returns the exit code. If the effect fails, reports the failure on stderr. */
const reported = <R>(
  effect: Effect.Effect<unknown, exitCode.Failure, R>,
  output: Service,
  asJson: boolean
): Effect.Effect<number, never, R> =>
  effect.pipe(
    Effect.matchCauseEffect({ onFailure: cause => report(cause, output, asJson), onSuccess: () => Effect.succeed(0) }),
    Effect.provide(Logger.replace(Logger.defaultLogger, logger(output, asJson)))
  )

/**
 * The wizard of `@effect/cli` (`--wizard`) asks a person questions. If stdin is not a terminal, the wizard would wait
 * forever for answers, so this fails.
 */
const someoneToAsk = (command: string) =>
  Effect.flatMap(Input, ({ isTerminal }) =>
    isTerminal
      ? Effect.void
      : new exitCode.UsageError({ command, problem: "--wizard asks questions, so stdin must be a terminal" })
  )

/**
 * Runs a command line, and returns the exit code. Never fails. `words` are the arguments without the name of the
 * program.
 */
export const program = (words: ReadonlyArray<string>): Effect.Effect<number, never, Needed> =>
  Effect.flatMap(Output, output =>
    Either.match(commandLine.arrange(name, words, definitions), {
      // The command line is wrong, but a `--json` in it still applies.
      onLeft: error => reported(Effect.fail(error), output, words.includes("--json")),
      onRight: ({ command, help: isHelp, json, name: commandName, wizard, words }) => {
        if (isHelp) return reported(output.printStyled(helpOf(commandName, output.width())), output, json)
        const ran = Effect.mapError(withQuietConsole(run([process.execPath, name, ...words]), output), error =>
          ValidationError.isValidationError(error) ? usageError(command, error) : error
        )
        return reported(wizard ? Effect.zipRight(someoneToAsk(command), ran) : ran, output, json)
      }
    })
  )
