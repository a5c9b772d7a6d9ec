/** A child process that says a line of JSON whenever there is something to say, and is killed with its scope. */
import * as childProcess from "node:child_process"
import * as readline from "node:readline"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** It ended, or fell silent, before it had said what was waited for. */
export class ChildError extends Data.TaggedError("ChildError")<{ readonly message: string }> {}

type Line = Readonly<Record<string, unknown>>

export interface Child {
  /** Waits for the next line that has this field, skips what was said before it, and gives the field. */
  readonly said: (field: string) => Effect.Effect<unknown, ChildError>
  /** All lines so far. */
  readonly lines: ReadonlyArray<Line>
  readonly tell: (line: string) => Effect.Effect<void>
}

/** Nothing that is measured takes so long. */
const patience = "90 seconds"

export const start = (
  name: string,
  command: string,
  words: ReadonlyArray<string | number>
): Effect.Effect<Child, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => childProcess.spawn(command, words.map(String))),
      child => Effect.sync(() => child.exitCode ?? child.kill("SIGKILL"))
    ),
    child => {
      const lines: Array<Line> = []
      let stderr = ""
      let ended: string | undefined
      let watch = () => {}
      child.stdin.on("error", () => {})
      child.stderr.setEncoding("utf8").on("data", text => {
        stderr += text
      })
      const end = (why: string) => {
        ended ??= why
        watch()
      }
      child.on("error", error => end(`could not be started: ${error.message}`))
      child.on("close", (code, signal) => end(`ended with ${signal ?? code}: ${stderr.trim().slice(-1000)}`))
      readline.createInterface({ input: child.stdout }).on("line", line => {
        lines.push(JSON.parse(line))
        watch()
      })
      let from = 0
      const said = (field: string) =>
        Effect.async<unknown, ChildError>(resume => {
          watch = () => {
            const at = lines.findIndex((line, index) => index >= from && field in line)
            if (at >= 0) {
              from = at + 1
              resume(Effect.succeed(lines[at]?.[field]))
            } else if (ended !== undefined) {
              resume(Effect.fail(new ChildError({ message: `${name} ${ended}` })))
            }
          }
          watch()
        }).pipe(
          Effect.timeoutFail({
            duration: patience,
            onTimeout: () => new ChildError({ message: `${name} never said ${field}` })
          })
        )
      return { lines, said, tell: line => Effect.sync(() => void child.stdin.write(`${line}\n`)) }
    }
  )
