/** A child process of the torture run. It answers one question at a time. */
import * as childProcess from "node:child_process"
import * as path from "node:path"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as process from "../child.ts"

export interface Child<Question, Answer> {
  readonly ask: (question: Question) => Effect.Effect<Answer, string>
  /** Kills the process and waits until it has ended. */
  readonly kill: Effect.Effect<void>
}

/**
 * Limits the descriptors of a running process, as `ulimit -n` does for a new one. The process needs more descriptors to
 * load its modules, so it is limited afterwards.
 */
const limit = (pid: number, descriptors: number): Effect.Effect<void, string> =>
  Effect.suspend(() => {
    const args = ["--pid", String(pid), `--nofile=${descriptors}:${descriptors}`]
    const { error, status } = childProcess.spawnSync("prlimit", args, { stdio: "ignore" })
    return status === 0
      ? Effect.void
      : Effect.fail(`prlimit failed (${error?.message ?? `exit ${status}`}); this load needs it`)
  })

/** Starts a process of this folder. `descriptors` limits its descriptors. Default: the limit of this process. */
export const start = <Question extends object | string, Answer>(file: string, descriptors?: number) =>
  Effect.gen(function* () {
    const child = yield* process.start(path.join(import.meta.dirname, file))
    let answer = yield* Deferred.make<unknown>()
    yield* child.messages(message => Deferred.unsafeDone(answer, Effect.succeed(message)))
    const answered = Effect.suspend(() => Effect.raceFirst(Deferred.await(answer), child.died))
    yield* answered
    if (descriptors !== undefined) yield* limit(child.pid, descriptors)
    const ask = (question: Question) =>
      Effect.gen(function* () {
        answer = yield* Deferred.make<unknown>()
        yield* child.send(question)
        return (yield* answered) as Answer
      })
    return { ask, kill: child.kill } satisfies Child<Question, Answer>
  })
