/** Child processes that report lines of JSON on stdout. A child is killed when its Scope closes. */
import * as childProcess from "node:child_process"
import * as readline from "node:readline"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** The child ended, or did not report the expected line in time. */
export class ChildError extends Data.TaggedError("ChildError")<{ readonly message: string }> {}

type Line = Readonly<Record<string, unknown>>

export interface Child {
  /** Waits for the next line that has this field, and returns the field. Lines before it are skipped. */
  readonly said: (field: string) => Effect.Effect<unknown, ChildError>
  /** All lines so far. */
  readonly lines: ReadonlyArray<Line>
  /** Writes a line to the stdin of the child. */
  readonly tell: (line: string) => Effect.Effect<void>
}

/** The timeout of a line. Nothing that is measured takes so long. */
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
            onTimeout: () => new ChildError({ message: `${name} did not report "${field}" within ${patience}` })
          })
        )
      return { lines, said, tell: line => Effect.sync(() => void child.stdin.write(`${line}\n`)) }
    }
  )
