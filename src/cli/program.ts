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
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import type * as Network from "../Network.ts"
import * as client from "./client.ts"
import * as commandLine from "./commandLine.ts"
import * as escape from "./escape.ts"
import * as exitCode from "./exitCode.ts"
import { lesson } from "./lesson.ts"
import { Output, type Service } from "./output.ts"
import * as server from "./server.ts"
import { failOnSignal, type Signals } from "./signal.ts"

const name = "effect-sockets"

/** That of package.json; a test compares them. */
export const version = "0.1.0"

const root = Command.make(name, {}, () => failOnSignal(lesson)).pipe(
  Command.withDescription("Berkeley sockets for Effect. Without a command: the lesson, server and client in one."),
  Command.withSubcommands([client.command, server.command])
)

const run = Command.run(root, { name, version, executable: name })

/** `@effect/cli` prints its errors itself, in colours; here they are reported with all the others. */
const quietConsole = (console: Console.Console, output: Service): Console.Console => ({
  ...console,
  log: (...args) => Effect.ignore(output.printStyled(`${args.join(" ")}\n`)),
  error: () => Effect.void
})

const logger = (output: Service) =>
  Logger.make(({ cause, message }) => {
    const what = Cause.isEmpty(cause) ? [message].flat().join(" ") : Cause.pretty(cause)
    Effect.runSync(output.note(what))
  })

const usageError = (command: string, error: ValidationError.ValidationError): exitCode.UsageError => {
  const problem = escape.unstyled(HelpDoc.toAnsiText(error.error)).replace(/\s+/g, " ").trim()
  return new exitCode.UsageError({ command, problem })
}

/** A typed failure is one line; anything else is a bug of ours, and its trace helps. */
const report = (cause: Cause.Cause<exitCode.Failure>, output: Service): Effect.Effect<number> =>
  Option.match(Cause.failureOption(cause), {
    onSome: failure =>
      Effect.as(
        Option.match(exitCode.message(failure), { onNone: () => Effect.void, onSome: output.note }),
        exitCode.exitCode(failure)
      ),
    onNone: () =>
      Effect.as(
        Effect.forEach(Cause.pretty(cause).split("\n"), line => output.note(line), { discard: true }),
        exitCode.bug
      )
  })

/** Runs what the words say. Its success is the exit code. */
export const program = (
  words: ReadonlyArray<string>
): Effect.Effect<
  number,
  never,
  Network.Network | Output | Signals | FileSystem.FileSystem | Path.Path | Terminal.Terminal
> =>
  Effect.flatMap(Output, output =>
    commandLine.arrange(name, words, { client: client.options, server: server.options }).pipe(
      Effect.flatMap(({ command, words }) =>
        Effect.mapError(run([process.execPath, name, ...words]), error =>
          ValidationError.isValidationError(error) ? usageError(command, error) : error
        )
      ),
      Effect.matchCauseEffect({ onFailure: cause => report(cause, output), onSuccess: () => Effect.succeed(0) }),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger(output))),
      effect => Console.consoleWith(console => Console.withConsole(effect, quietConsole(console, output)))
    )
  )
