/**
 * Runs a command-line tool of this project. Exit code 2 is a usage error, and 70 is a bug. Otherwise the tool has set
 * `process.exitCode`.
 */
import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"

export const run = <A, E>(tool: Effect.Effect<A, E>): void => {
  Effect.runCallback(tool, {
    onExit: exit => {
      if (Exit.isFailure(exit)) {
        const isUsage = Cause.failureOption(exit.cause).pipe(Option.exists(ValidationError.isValidationError))
        process.exitCode = isUsage ? 2 : 70
        if (!isUsage) process.stderr.write(`${Cause.pretty(exit.cause)}\n`)
      }
      // An open handle must not keep the process alive. The tools that care about leaks have counted them already.
      process.exit()
    }
  })
}
