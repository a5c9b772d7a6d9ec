/**
 * Runs a program that can be killed. After `kill`, no fiber of the program takes a step: no finalizer and no
 * interruption handler runs.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import type * as Scheduler from "effect/Scheduler"
import type * as Scope from "effect/Scope"
import * as Supervisor from "effect/Supervisor"
import { type AnyFiber, type Hold, type Holding, HoldTypeId, holdIn } from "../../waiting/index.ts"

/**
 * Ends a fiber at once. None of its finalizers runs, and fibers that wait for it get an interruption. Effect has no
 * public function for this, because a real program without its finalizers would leak resources.
 */
const end = (fiber: AnyFiber): void =>
  (fiber as unknown as { setExitValue(exit: Exit.Exit<never>): void }).setExitValue(Exit.interrupt(FiberId.none))

export class Process implements Scheduler.Scheduler, Holding {
  /** The scheduler that runs the tasks of the program until `kill`. */
  private readonly outer: Scheduler.Scheduler
  private readonly supervisor: Supervisor.Supervisor<unknown>
  private readonly census: Supervisor.Supervisor<unknown>
  private readonly fibers = new Set<AnyFiber>()
  private isDead = false

  constructor(outer: Scheduler.Scheduler, supervisor: Supervisor.Supervisor<unknown>) {
    this.outer = outer
    this.supervisor = supervisor
    this.census = supervisor.zip(new Census(this))
  }

  /**
   * The scheduler that runs the outermost process. Processes nest, because a program on a host may itself start
   * programs on hosts.
   */
  get outermost(): Scheduler.Scheduler {
    return this.outer instanceof Process ? this.outer.outermost : this.outer
  }

  get [HoldTypeId](): Hold | undefined {
    return holdIn(this.outer)
  }

  scheduleTask(task: Scheduler.Task, priority: number): void {
    if (this.isDead) return
    this.outer.scheduleTask(() => {
      if (!this.isDead) task()
    }, priority)
  }

  /** After `kill`, a fiber yields before its next step and does not continue. */
  readonly shouldYield: Scheduler.Scheduler["shouldYield"] = fiber => (this.isDead ? 0 : this.outer.shouldYield(fiber))

  /**
   * Forks a program into this process. All fibers that the program forks, also as daemons, belong to this process too.
   */
  forkIn<A, E, R>(
    program: Effect.Effect<A, E, R>,
    scope: Scope.Scope
  ): Effect.Effect<Fiber.RuntimeFiber<A, E>, never, R> {
    // Restores both FiberRefs at the end of the program. A fiber that joins the program takes over its FiberRefs, and
    // must not get those of the process.
    const leave = Effect.zipRight(
      FiberRef.set(FiberRef.currentScheduler, this.outer),
      FiberRef.set(FiberRef.currentSupervisor, this.supervisor)
    )
    const forked = Effect.forkIn(Effect.ensuring(program, leave), scope)
    return Effect.locally(Effect.withScheduler(forked, this), FiberRef.currentSupervisor, this.census)
  }

  /** Ends all fibers of the program at once. */
  kill(): void {
    if (this.isDead) return
    this.isDead = true
    for (const fiber of [...this.fibers]) end(fiber)
  }

  began(fiber: AnyFiber): void {
    // Even after `kill`, a callback of the program, such as a callback of a socket, may start a fiber.
    if (this.isDead) end(fiber)
    else this.fibers.add(fiber)
  }

  ended(fiber: AnyFiber): void {
    this.fibers.delete(fiber)
  }
}

/** Reports to a process which of its fibers start and end. */
class Census extends Supervisor.AbstractSupervisor<void> {
  readonly value = Effect.void
  private readonly process: Process

  constructor(process: Process) {
    super()
    this.process = process
  }

  override onStart(...[, , , fiber]: Parameters<Supervisor.AbstractSupervisor<void>["onStart"]>): void {
    this.process.began(fiber)
  }

  override onEnd<A, E>(_: Exit.Exit<A, E>, fiber: Fiber.RuntimeFiber<A, E>): void {
    this.process.ended(fiber)
  }
}

/**
 * Returns a function that makes processes. The processes use the scheduler and the supervisor of the current fiber.
 * They do not use those of the fiber that calls the function, which may belong to another process.
 */
export const processes: Effect.Effect<() => Process> = Effect.zipWith(
  FiberRef.get(FiberRef.currentScheduler),
  FiberRef.get(FiberRef.currentSupervisor),
  (scheduler, supervisor) => () => new Process(scheduler, supervisor)
)
