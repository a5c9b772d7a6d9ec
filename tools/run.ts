/** A tool of this project as a process: exit 2 for words that are none, 70 for a bug, else what it has set itself. */
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
      // What is left open has been counted where it matters, and must not keep the process.
      process.exit()
    }
  })
}
