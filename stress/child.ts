/**
 * A process of a harness, with a channel for messages. When its Scope closes, the channel does too: the process has to end by
 * that, with what it has started, and is killed after 5 seconds.
 */
import * as childProcess from "node:child_process"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Child {
  readonly pid: number
  readonly send: (message: object | string) => Effect.Effect<void>
  /** Calls `on` for each message. */
  readonly messages: (on: (message: unknown) => void) => Effect.Effect<void>
  /** Waits until it ends, and fails with how it ended. */
  readonly died: Effect.Effect<never, string>
  /** Kills it, and waits until it is gone. */
  readonly kill: Effect.Effect<void>
}

/** Starts a file of TypeScript in Node. `detached`: a signal that a terminal sends to us does not reach it. */
export const start = (
  file: string,
  options?: { readonly detached?: boolean }
): Effect.Effect<Child, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        childProcess.spawn(process.execPath, ["--expose-gc", "--import", "tsx", file], {
          detached: options?.detached ?? false,
          stdio: ["ignore", "ignore", "inherit", "ipc"]
        })
      ),
      leave
    ),
    child => ({
      pid: child.pid!,
      send: message => Effect.sync(() => void (child.connected && child.send(message, () => {}))),
      messages: on => Effect.sync(() => void child.on("message", on)),
      died: Effect.flatMap(gone(child), () => Effect.fail(`a process ended (${child.signalCode ?? child.exitCode})`)),
      kill: kill(child)
    })
  )

const gone = (child: childProcess.ChildProcess): Effect.Effect<void> =>
  Effect.async(resume => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    const done = () => resume(Effect.void)
    child.once("exit", done)
    return Effect.sync(() => child.off("exit", done))
  })

const kill = (child: childProcess.ChildProcess): Effect.Effect<void> =>
  Effect.zipRight(
    Effect.sync(() => child.kill("SIGKILL")),
    gone(child)
  )

const leave = (child: childProcess.ChildProcess): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (child.connected) child.disconnect()
    return Effect.timeoutTo(gone(child), {
      duration: "5 seconds",
      onSuccess: () => Effect.void,
      onTimeout: () => kill(child)
    })
  }).pipe(Effect.flatten)
