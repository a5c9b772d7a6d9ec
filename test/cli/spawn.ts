/**
 * The program, and others, as child processes: what runs is what a person runs.
 */
import * as childProcess from "node:child_process"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** How a process ended, and all that it wrote. */
export interface Ended {
  /** Null where a signal killed it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined
  readonly ended: Effect.Effect<Ended>
  /** Waits until what was written to stdout or stderr matches; dies if the process ends without it. */
  readonly wrote: (on: "stdout" | "stderr", pattern: RegExp) => Effect.Effect<RegExpExecArray>
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Its stdin, which stays open. */
  readonly type: (text: string) => Effect.Effect<void>
  readonly endStdin: Effect.Effect<void>
}

/** Starts a process, which the scope kills if it still runs. */
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
      // It may have ended before it has read all.
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

/** The words that start the program, before its own. */
export const words = ["--import", "tsx", "src/main.ts"] as const

/** Starts the program. */
export const program = (args: ReadonlyArray<string>, options?: childProcess.SpawnOptionsWithoutStdio) =>
  start(process.execPath, [...words, ...args], options)

/** Runs the program to its end. */
export const run = (args: ReadonlyArray<string>, options?: childProcess.SpawnOptionsWithoutStdio) =>
  Effect.scoped(Effect.flatMap(program(args, options), running => running.ended))

/** Whether a program is there to be run. */
export const isThere = (file: string, args: ReadonlyArray<string>): boolean =>
  childProcess.spawnSync(file, args, { stdio: "ignore" }).status === 0
