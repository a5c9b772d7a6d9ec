/**
 * The whole program as one effect: from the words of a command line to an exit code, with every failure reported. It
 * runs over whatever `Network` it is given.
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
import { commands, options } from "./commands/index.ts"
import { lesson } from "./commands/lesson.ts"
import * as commandLine from "./kit/commandLine.ts"
import * as escape from "./kit/escape.ts"
import { json } from "./kit/event.ts"
import * as exitCode from "./kit/exitCode.ts"
import { Input } from "./kit/input.ts"
import { Output, type OutputError, type Service } from "./kit/output.ts"
import { failOnSignal, type Signals } from "./kit/signal.ts"

const name = "effect-sockets"

/** That of package.json; a test compares them. */
export const version = "0.1.0"

const root = Command.make(name, {}, () => failOnSignal(lesson)).pipe(
  Command.withDescription("Berkeley sockets for Effect. Without a command: the lesson, server and client in one."),
  Command.withSubcommands(commands)
)

const run = Command.run(root, { name, version, executable: name })

/**
 * `@effect/cli` prints its errors itself, in colours; here they are reported with all the others. A console cannot fail:
 * why something was not printed is kept.
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

/** Runs it with that console, and fails if anything of it was not printed. */
const withQuietConsole = <A, E, R>(self: Effect.Effect<A, E, R>, output: Service) =>
  Effect.gen(function* () {
    const lost = yield* Ref.make(Option.none<OutputError>())
    const result = yield* Console.consoleWith(console => Console.withConsole(self, quietConsole(console, output, lost)))
    const error = yield* Ref.get(lost)
    return Option.isSome(error) ? yield* error.value : result
  })

/** What the library logs, such as how a server drained. */
const logger = (output: Service, asJson: boolean) =>
  Logger.make(({ cause, logLevel, message }) => {
    const what = Cause.isEmpty(cause) ? [message].flat().join(" ") : Cause.pretty(cause)
    output.noteSoon(asJson ? json({ event: "log", level: logLevel.label, message: what }) : what)
  })

const usageError = (command: string, error: ValidationError.ValidationError): exitCode.UsageError => {
  const problem = escape.unstyled(HelpDoc.toAnsiText(error.error)).replace(/\s+/g, " ").trim()
  return new exitCode.UsageError({ command, problem })
}

/** A typed failure is one line; anything else is a bug of ours, and its trace helps. */
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

type Needed = Network.Network | Input | Output | Signals | FileSystem.FileSystem | Path.Path | Terminal.Terminal

/** Runs it to its exit code. */
const reported = <R>(
  effect: Effect.Effect<unknown, exitCode.Failure, R>,
  output: Service,
  asJson: boolean
): Effect.Effect<number, never, R> =>
  effect.pipe(
    Effect.matchCauseEffect({ onFailure: cause => report(cause, output, asJson), onSuccess: () => Effect.succeed(0) }),
    Effect.provide(Logger.replace(Logger.defaultLogger, logger(output, asJson)))
  )

/** `@effect/cli` would wait for ever for the answers of nobody. */
const someoneToAsk = (command: string) =>
  Effect.flatMap(Input, ({ isTerminal }) =>
    isTerminal
      ? Effect.void
      : new exitCode.UsageError({ command, problem: "--wizard asks on a terminal, and stdin is none" })
  )

/** Runs what the words say. Its success is the exit code. */
export const program = (words: ReadonlyArray<string>): Effect.Effect<number, never, Needed> =>
  Effect.flatMap(Output, output =>
    Either.match(commandLine.arrange(name, words, options), {
      // Words that make no command may still say how it is to be told.
      onLeft: error => reported(Effect.fail(error), output, words.includes("--json")),
      onRight: ({ command, json, wizard, words }) => {
        const ran = Effect.mapError(withQuietConsole(run([process.execPath, name, ...words]), output), error =>
          ValidationError.isValidationError(error) ? usageError(command, error) : error
        )
        return reported(wizard ? Effect.zipRight(someoneToAsk(command), ran) : ran, output, json)
      }
    })
  )
