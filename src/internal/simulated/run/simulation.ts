/**
 * One run of a program, in a new world with its own virtual time.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Runtime from "effect/Runtime"
import { spend, Timeline, VirtualTime } from "../time/index.ts"
import { formatNetstat, netstatOf, World, type WorldSettings } from "../world/index.ts"
import { atSeed, firstOf, listed, SimulationDeadlock, tailOf } from "./simulationError.ts"

export interface Settings {
  /** True if the run fails as a deadlock as soon as every fiber waits and nothing is scheduled. */
  readonly strict: boolean
  /** The settings of the world. Its seed is also the seed of the program's Random. */
  readonly world: WorldSettings
}

/** How long a run waits for something real, such as a file, when every fiber waits and nothing is scheduled. */
const stallTimeout = Duration.seconds(1)

export class Simulation {
  readonly world: World
  readonly time: VirtualTime
  readonly seed: number
  private readonly settings: Settings
  private fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined
  private deadlock: SimulationDeadlock | undefined
  private isInterrupted = false
  private isOver = false
  /** Called once, when the run ends: with the program's exit, or with the deadlock. */
  private end: (exit: Exit.Exit<unknown, unknown>) => void = () => {}
  private stalledAfter: Fiber.RuntimeFiber<void> | undefined

  constructor(settings: Settings) {
    this.settings = settings
    this.seed = settings.world.seed
    this.time = new VirtualTime({ still: () => this.wait(), moved: () => this.waitNoMore() })
    this.world = new World(new Timeline(this.time), settings.world)
  }

  /**
   * Runs a program. Call `run` only once. An interruption of `run` interrupts the program, and waits until the program
   * has ended or the simulation is idle.
   */
  run<A, E, R>(program: Effect.Effect<A, E, R>): Effect.Effect<A, E | SimulationDeadlock, R> {
    const random = Random.make(this.seed)
    // Interruptible even if the caller is not, because a deadlock has to interrupt the program.
    const governed = Effect.interruptible(Effect.withRandom(Effect.withClock(program, this.time.clock), random))
    return Effect.flatMap(Effect.runtime<R>(), runtime =>
      Effect.async<A, E | SimulationDeadlock>(resume => {
        this.time.within(FiberRefs.getOrDefault(runtime.fiberRefs, FiberRef.currentScheduler))
        this.end = exit => resume(exit as Exit.Exit<A, E | SimulationDeadlock>)
        const fiber = Runtime.runFork(runtime)(governed, { scheduler: this.time, immediate: false })
        this.fiber = fiber
        fiber.addObserver(exit => this.finish(exit))
        return this.interrupted
      })
    )
  }

  /** The last events of the trace, as lines. */
  get lastEvents(): ReadonlyArray<string> {
    return tailOf(this.world.trace.all)
  }

  private readonly interrupted = Effect.async<void>(resume => {
    if (this.isOver) {
      resume(Effect.void)
    } else {
      this.end = () => resume(Effect.void)
      this.interrupt()
    }
  })

  private interrupt(): void {
    this.isInterrupted = true
    this.fiber?.unsafeInterruptAsFork(FiberId.none)
  }

  private finish(exit: Exit.Exit<unknown, unknown>): void {
    if (this.isOver) return
    this.isOver = true
    spend(this.time.steps)
    this.time.stop()
    this.world.trace.end()
    this.end(this.deadlock === undefined ? exit : Exit.failCause(withDefects(Cause.fail(this.deadlock), exit)))
  }

  /**
   * Called when every fiber waits and nothing is scheduled. Only something real, such as a file, could wake a fiber
   * now.
   */
  private wait(): void {
    if (this.settings.strict) {
      this.stuck()
    } else {
      this.stalledAfter = Effect.runFork(
        Effect.delay(
          Effect.sync(() => this.stuck()),
          stallTimeout
        )
      )
    }
  }

  private waitNoMore(): void {
    this.stalledAfter?.unsafeInterruptAsFork(FiberId.none)
    this.stalledAfter = undefined
  }

  /**
   * Called when the run is a deadlock. Interrupts the program, so that its Scopes close. If the program was already
   * interrupted and has not ended, the run ends without waiting for it.
   */
  private stuck(): void {
    this.stalledAfter = undefined
    this.deadlock ??= new SimulationDeadlock({
      seed: this.seed,
      time: this.time.time,
      sockets: firstOf(netstatOf(this.world), formatNetstat),
      events: this.lastEvents
    })
    if (this.isInterrupted) {
      this.finish(Exit.void)
    } else {
      this.interrupt()
    }
  }
}

/** Adds to the cause the defects of the program that occurred while the program was interrupted. */
const withDefects = (
  cause: Cause.Cause<SimulationDeadlock>,
  exit: Exit.Exit<unknown, unknown>
): Cause.Cause<SimulationDeadlock> =>
  Exit.isFailure(exit)
    ? Option.match(Cause.keepDefects(exit.cause), {
        onNone: () => cause,
        onSome: defects => Cause.sequential(cause, defects)
      })
    : cause

/**
 * Logs a failure with the seed that replays it. Does not log a deadlock, because its message already has the seed. Does
 * not log an interruption.
 */
export const report = ({ lastEvents, seed, time }: Simulation, cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const failure = Option.getOrUndefined(Cause.failureOption(cause))
  return Cause.isInterruptedOnly(cause) || failure instanceof SimulationDeadlock
    ? Effect.void
    : Effect.logError(`simulation: the program failed (${atSeed(time.time, seed)})${listed(lastEvents)}`)
}
