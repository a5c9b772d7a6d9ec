/**
 * Plays a script with a client, until its last step or until the client departs from it.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Socket from "../../Socket.ts"
import { Waiters } from "../waiting/index.ts"
import { ScriptDeparture } from "./departure.ts"
import { expectEnd, playStep } from "./play.ts"
import { type Part, takeRest } from "./server.ts"
import { format, type Script, type Step } from "./step.ts"

/** The result of the scripts of a server. `verify` waits for it. */
export class Verdict {
  private failure: Exit.Exit<void, ScriptDeparture> | undefined
  private underWay = 0
  private played = 0
  /** Number of scripts. Undefined if every client plays the same script. */
  private readonly scripts: number | undefined
  private readonly waiters = new Waiters<ScriptDeparture>()

  constructor(scripts: number | undefined) {
    this.scripts = scripts
  }

  begin(): void {
    this.underWay += 1
  }

  finish(exit: Exit.Exit<void, ScriptDeparture>): void {
    this.underWay -= 1
    if (Exit.isSuccess(exit)) this.played += 1
    else this.failure ??= exit
    const now = this.now
    if (now !== undefined) this.waiters.wake(now)
  }

  readonly verify: Effect.Effect<void, ScriptDeparture> = this.waiters.wait(() => this.now)

  private get now(): Exit.Exit<void, ScriptDeparture> | undefined {
    if (this.failure !== undefined) return this.failure
    const isDone = this.scripts === undefined ? this.played > 0 && this.underWay === 0 : this.played >= this.scripts
    return isDone ? Exit.void : undefined
  }
}

/** True if a step closes or resets the connection. */
const isFinal = (step: Step | undefined): boolean => step?._tag === "Close" || step?._tag === "Reset"

/**
 * Returns why a script cannot be played: a step comes after another step that rules it out. Returns undefined if the
 * script can be played.
 */
export const invalid = (script: Script): string | undefined => {
  const ruledOut = (step: Step, before: Step) =>
    isFinal(before) || (step._tag === "Send" && before._tag === "ShutdownSend")
  for (const [at, step] of script.entries()) {
    const before = script.slice(0, at).find(before => ruledOut(step, before))
    if (before !== undefined) return `script: step ${at + 1}, ${format(step)}, cannot come after ${format(before)}`
  }
  return undefined
}

/** How far a script has been played on a connection. `step` is the number of completed steps. */
interface Progress {
  readonly connection: number
  readonly script: Script
  step: number
}

const departure = ({ connection, script, step }: Progress, reason: ScriptDeparture["reason"], received: Uint8Array) =>
  new ScriptDeparture({ reason, connection, script, step, received })

/**
 * Plays all steps. Then waits for the client's end, unless the last step has closed or reset the connection or has
 * expected a reset.
 */
const steps = (socket: Socket.Socket, progress: Progress) =>
  Effect.gen(function* () {
    const { script } = progress
    for (const step of script) {
      yield* playStep(socket, step)
      progress.step += 1
    }
    const last = script[script.length - 1]
    if (!isFinal(last) && last?._tag !== "ExpectReset") yield* expectEnd(socket)
  })

const none = new Uint8Array(0)

/**
 * Logs a departure, even if no test calls `verify`: a client that is reset does not know why. Not logged: the server
 * closed when only the client's end was missing.
 */
const log = (departure: ScriptDeparture): Effect.Effect<void> =>
  departure.reason === "Closed" && departure.step === departure.script.length
    ? Effect.void
    : Effect.logWarning(departure.message)

/**
 * Ends a script in the verdict. An interrupted script counts as a departure (`Closed`). A defect comes from a
 * predicate, and `verify` dies with it.
 */
const judge = (verdict: Verdict, progress: Progress, exit: Exit.Exit<void, ScriptDeparture>): Effect.Effect<void> => {
  const judged = Exit.isInterrupted(exit) ? Exit.fail(departure(progress, "Closed", none)) : exit
  verdict.finish(judged)
  return Exit.isFailure(judged) && judged.cause._tag === "Fail" ? log(judged.cause.error) : Effect.void
}

const play = (socket: Socket.Socket, progress: Progress, verdict: Verdict): Effect.Effect<void> =>
  Effect.suspend(() => {
    verdict.begin()
    return steps(socket, progress)
  }).pipe(
    Effect.catchTag("Departed", ({ reason, received }) =>
      takeRest(socket).pipe(
        Effect.zipRight(socket.abort),
        Effect.zipRight(Effect.fail(departure(progress, reason, received)))
      )
    ),
    Effect.onExit(exit => judge(verdict, progress, exit)),
    Effect.ignore
  )

/**
 * Makes a part that plays the script of each connection. `scriptOf` returns the script for the number of a connection,
 * or undefined if none is left.
 */
export const scripted =
  (scriptOf: (connection: number) => Script | undefined, verdict: Verdict): Part =>
  (socket, connection) => {
    const script = scriptOf(connection)
    const progress: Progress = { connection, script: script ?? [], step: 0 }
    if (script !== undefined) return play(socket, progress, verdict)
    const error = departure(progress, "NoScript", none)
    verdict.begin()
    verdict.finish(Exit.fail(error))
    return Effect.zipRight(Effect.logWarning(error.message), socket.abort)
  }
