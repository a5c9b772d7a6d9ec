/**
 * Child processes of the soak and of the torture run, each with a channel for messages. When the Scope closes, the channel
 * closes. The process must then end, together with everything that it has started. It is killed after 5 seconds.
 */
import * as childProcess from "node:child_process"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Child {
  readonly pid: number
  readonly send: (message: object | string) => Effect.Effect<void>
  /** Calls `on` for each message of the process. */
  readonly messages: (on: (message: unknown) => void) => Effect.Effect<void>
  /** Waits until the process ends, then fails with its signal or exit code. */
  readonly died: Effect.Effect<never, string>
  /** Kills the process and waits until it has ended. */
  readonly kill: Effect.Effect<void>
}

/** Starts a TypeScript file in Node. With `detached`, the signals of the terminal (Ctrl-C) do not reach the process. */
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
      died: Effect.flatMap(gone(child), () =>
        Effect.fail(`a child process ended early (${child.signalCode ?? child.exitCode})`)
      ),
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
