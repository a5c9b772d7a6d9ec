/**
 * Runs the program, and other programs, as child processes, as a person does.
 */
import * as childProcess from "node:child_process"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** The exit code of a process, and everything that it wrote. */
export interface Ended {
  /** Null if a signal ended the process. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  /** Undefined if the process could not be started. */
  readonly pid: number | undefined
  readonly ended: Effect.Effect<Ended>
  /**
   * Waits until stdout or stderr matches the pattern, and returns the match. Dies if the process ends without a match.
   */
  readonly wrote: (on: "stdout" | "stderr", pattern: RegExp) => Effect.Effect<RegExpExecArray>
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Writes to stdin, which stays open. */
  readonly type: (text: string) => Effect.Effect<void>
  readonly endStdin: Effect.Effect<void>
}

/** Starts a process. When the Scope closes, the process is killed if it still runs. */
export const start = (
  file: string,
  args: ReadonlyArray<string>,
  options?: childProcess.SpawnOptionsWithoutStdio
): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => childProcess.spawn(file, args, options)),
      child => Effect.sync(() => child.exitCode ?? child.kill("SIGKILL"))
    ),
    child => {
      const written = { stdout: "", stderr: "" }
      let watch = () => {}
      for (const on of ["stdout", "stderr"] as const) {
        child[on].setEncoding("utf8").on("data", (text: string) => {
          written[on] += text
          watch()
        })
      }
      // Writing to stdin fails if the process ends before it has read everything.
      child.stdin.on("error", () => {})
      const closed = new Promise<Ended>((resolve, reject) => {
        child.on("error", reject)
        child.on("close", code => resolve({ code, ...written }))
      })
      return {
        pid: child.pid,
        ended: Effect.promise(() => closed),
        wrote: (on, pattern) =>
          Effect.raceFirst(
            Effect.async<RegExpExecArray>(resume => {
              watch = () => {
                const match = pattern.exec(written[on])
                if (match !== null) resume(Effect.succeed(match))
              }
              watch()
            }),
            Effect.flatMap(
              Effect.promise(() => closed),
              ended => Effect.dieMessage(`no ${pattern} on ${on}: ${JSON.stringify(ended)}`)
            )
          ),
        kill: signal => Effect.sync(() => child.kill(signal)),
        type: text => Effect.sync(() => child.stdin.write(text)),
        endStdin: Effect.sync(() => child.stdin.end())
      }
    }
  )

/** The arguments of Node that start the program. The words of the program follow them. */
export const words = ["--import", "tsx", "src/main.ts"] as const

/** Starts the program. */
export const program = (args: ReadonlyArray<string>, options?: childProcess.SpawnOptionsWithoutStdio) =>
  start(process.execPath, [...words, ...args], options)

/** Runs the program to its end. */
export const run = (args: ReadonlyArray<string>, options?: childProcess.SpawnOptionsWithoutStdio) =>
  Effect.scoped(Effect.flatMap(program(args, options), running => running.ended))

/** Whether a program is installed and succeeds with these arguments. */
export const isThere = (file: string, args: ReadonlyArray<string>): boolean =>
  childProcess.spawnSync(file, args, { stdio: "ignore" }).status === 0
