/** A process of the torture's: it is asked, and it answers, one question at a time. It is killed with its Scope. */
import * as childProcess from "node:child_process"
import * as path from "node:path"
import * as Effect from "effect/Effect"

export interface Child<Question, Answer> {
  readonly ask: (question: Question) => Effect.Effect<Answer, string>
  /** Kills it, and waits until it is gone. */
  readonly kill: Effect.Effect<void>
}

const spawn = (file: string) => {
  const args = ["--expose-gc", "--import", "tsx", path.join(import.meta.dirname, file)]
  return childProcess.spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] })
}

/** As `ulimit -n` does, but of one that runs: to load its modules it needs more than it is to have. */
const limit = (child: childProcess.ChildProcess, descriptors: number): Effect.Effect<void, string> =>
  Effect.suspend(() => {
    const args = ["--pid", String(child.pid), `--nofile=${descriptors}:${descriptors}`]
    const { error, status } = childProcess.spawnSync("prlimit", args, { stdio: "ignore" })
    return status === 0 ? Effect.void : Effect.fail(`prlimit is needed here (${error?.message ?? `exit ${status}`})`)
  })

const isGone = (child: childProcess.ChildProcess) => child.exitCode !== null || child.signalCode !== null

const next = <A>(child: childProcess.ChildProcess): Effect.Effect<A, string> =>
  Effect.async(resume => {
    const died = () => resume(Effect.fail(`a process ended (${child.signalCode ?? child.exitCode})`))
    if (isGone(child)) return died()
    const told = (message: unknown) => {
      child.off("exit", died)
      resume(Effect.succeed(message as A))
    }
    child.once("message", told).once("exit", died)
    return Effect.sync(() => child.off("message", told).off("exit", died))
  })

const kill = (child: childProcess.ChildProcess): Effect.Effect<void> =>
  Effect.async(resume => {
    if (isGone(child)) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

/** `descriptors`: how many it may have. */
export const start = <Question extends object | string, Answer>(file: string, descriptors?: number) =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(file)),
      kill
    )
    yield* next<"ready">(child)
    if (descriptors !== undefined) yield* limit(child, descriptors)
    const ask = (question: Question) =>
      Effect.zipRight(
        Effect.sync(() => child.send(question)),
        next<Answer>(child)
      )
    return { ask, kill: kill(child) } satisfies Child<Question, Answer>
  })
