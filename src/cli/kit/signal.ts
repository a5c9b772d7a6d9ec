/**
 * SIGINT and SIGTERM as values: a command says itself what they mean to it. The first one asks the command to end,
 * and its scope to close; the second one ends the process at once, whatever it is doing.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export type Signal = "SIGINT" | "SIGTERM"

/** What a shell reports for a program that ended by the signal: 128 and its number. */
export const exitCodeOf = { SIGINT: 130, SIGTERM: 143 } as const

/** A signal ended what was not meant to end so. */
export class Signalled extends Data.TaggedError("Signalled")<{ readonly signal: Signal }> {}

export class Signals extends Context.Tag("effect-sockets/cli/Signals")<
  Signals,
  {
    /** Waits for the next signal. Until then, and while nothing waits, signals do what they always do. */
    readonly next: Effect.Effect<Signal>
    /** The same, for a command that takes its time to end: the signal after it is 130, whichever it is. */
    readonly nextThen130: Effect.Effect<Signal>
  }
>() {}

/**
 * Ends the process. Node waits even there for a lookup that no name server has answered, and hears no signal meanwhile:
 * so signals end it from here on, and where the code is a signal's that does, with the same code for a shell.
 */
export const leave = (code: number): never => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.removeAllListeners(signal)
    if (code === exitCodeOf[signal] && isLookingUp()) process.kill(process.pid, signal)
  }
  return process.exit(code)
}

/** By the names that Node gives to a lookup and to one of an address. */
const isLookingUp = (): boolean =>
  process.getActiveResourcesInfo().some(name => name === "GetAddrInfoReqWrap" || name === "GetNameInfoReqWrap")

/** `codeOf` is the exit code of the signal after it. */
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
    // They stay after the first signal, for the second.
    process.on("SIGINT", onSignal)
    process.on("SIGTERM", onSignal)
    return Effect.sync(() => {
      process.off("SIGINT", onSignal)
      process.off("SIGTERM", onSignal)
    })
  })

/** The signals of the process. */
export const layer: Layer.Layer<Signals> = Layer.succeed(Signals, {
  next: heard(signal => exitCodeOf[signal]),
  nextThen130: heard(() => exitCodeOf.SIGINT)
})

/** Runs a command that is to end by itself: a signal interrupts it, and is its failure. */
export const failOnSignal = <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E | Signalled, R | Signals> =>
  Effect.flatMap(Signals, ({ next }) =>
    Effect.raceFirst(
      command,
      Effect.flatMap(next, signal => Effect.fail(new Signalled({ signal })))
    )
  )
