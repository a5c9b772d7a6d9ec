/**
 * SIGINT, SIGTERM and SIGHUP as values, so that each command decides what a signal means. The first signal asks the
 * command to stop and to close its Scope. A second signal ends the process at once.
 * See docs/DECISIONS.md#signals-are-values.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** A signal that ends a program. A terminal or a session sends `SIGHUP` when it closes. */
export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP"

/** The exit code that a shell reports if a signal ended the program: 128 plus the number of the signal. */
export const exitCodeOf: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies ReadonlyArray<Signal>

/**
 * The failure of a command that a signal has interrupted. Servers do not fail with it, because a signal stops a server.
 */
export class Signalled extends Data.TaggedError("Signalled")<{ readonly signal: Signal }> {}

export class Signals extends Context.Tag("effect-sockets/cli/Signals")<
  Signals,
  {
    /**
     * Waits for the next signal. Before the first wait, signals have their default effect. After a signal, a second
     * signal ends the process with the exit code of the second signal.
     */
    readonly next: Effect.Effect<Signal>
    /**
     * Waits for the next signal, for a server that drains. After a signal, a second signal of any kind ends the process
     * with 130.
     */
    readonly nextThen130: Effect.Effect<Signal>
  }
>() {}

/**
 * Ends the process with this exit code. `process.exit` waits for a pending name lookup, and Node handles no signal
 * during that time. So the listeners are removed first: then a signal ends the process at once. If a lookup is pending
 * and `code` is the exit code of a signal, the process sends that signal to itself. Then a shell reports the same code.
 */
export const leave = (code: number): never => {
  for (const signal of signals) {
    process.removeAllListeners(signal)
    if (code === exitCodeOf[signal] && isLookingUp()) process.kill(process.pid, signal)
  }
  return process.exit(code)
}

/**
 * True if a lookup of a name or of an address is pending. Node lists such a lookup as a resource with one of these two
 * names.
 */
const isLookingUp = (): boolean =>
  process.getActiveResourcesInfo().some(name => name === "GetAddrInfoReqWrap" || name === "GetNameInfoReqWrap")

/** Waits for a signal. `codeOf` returns the exit code for a second signal. */
const heard = (codeOf: (signal: Signal) => number): Effect.Effect<Signal> =>
  Effect.async<Signal>(resume => {
    let isLeaving = false
    const onSignal = (signal: Signal) => {
      if (isLeaving) {
        leave(codeOf(signal))
      }
      isLeaving = true
      resume(Effect.succeed(signal))
    }
    // The listeners stay after the first signal, because a second signal must end the process.
    for (const signal of signals) process.on(signal, onSignal)
    return Effect.sync(() => {
      for (const signal of signals) process.off(signal, onSignal)
    })
  })

/** The signals that the process receives. */
export const layer: Layer.Layer<Signals> = Layer.succeed(Signals, {
  next: heard(signal => exitCodeOf[signal]),
  nextThen130: heard(() => exitCodeOf.SIGINT)
})

/** Runs a command that ends by itself. A signal interrupts the command, which then fails with `Signalled`. */
export const failOnSignal = <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E | Signalled, R | Signals> =>
  Effect.flatMap(Signals, ({ next }) =>
    Effect.raceFirst(
      command,
      Effect.flatMap(next, signal => Effect.fail(new Signalled({ signal })))
    )
  )
