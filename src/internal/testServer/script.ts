/**
 * Plays the steps of a script with a client, until the last step or until the client departs from the script.
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

/**
 * Collects the results of the scripts of a test server. `verify` waits until all scripts have been played, or until a
 * client has departed from its script. If every client plays the same script, it waits until at least one has played it
 * and no client still plays it.
 */
export class Verdict {
  private failure: Exit.Exit<void, ScriptDeparture> | undefined
  private underWay = 0
  private played = 0
  /** The number of scripts, one for each client. Undefined if every client plays the same script. */
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
 * If a step of the script cannot come after an earlier step, such as `send` after `shutdownSend`, returns a message
 * about it. Otherwise returns undefined.
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
 * Plays all steps. Then waits for the client's end. Does not wait if the last step closes or resets the connection, or
 * expects a reset.
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
 * Logs a departure as a warning, even if no test calls `verify`, because the client sees only a reset and not the
 * reason. If the server was closed after the last step, while it waited for the client's end, logs nothing.
 */
const log = (departure: ScriptDeparture): Effect.Effect<void> =>
  departure.reason === "Closed" && departure.step === departure.script.length
    ? Effect.void
    : Effect.logWarning(departure.message)

/**
 * Reports the end of a script to the verdict, and logs a departure. If the script was interrupted, the departure is
 * `Closed`. If a predicate of the script threw, `verify` dies with the thrown value.
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
 * Makes the `Part` of a scripted server, which plays a script on each connection. `scriptOf` takes the number of the
 * connection, and returns its script, or undefined if no script is left.
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
