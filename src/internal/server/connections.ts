/**
 * The live connections of a server, and how the server ends them. Each connection has a Scope and a fiber that runs its
 * handler. One more fiber enforces `handlerTimeout` for all connections. When a handler ends, a second fiber closes the
 * Scope and reports. So the fiber of a handler needs little memory while the handler waits.
 * See docs/DECISIONS.md#a-handlers-fiber-runs-only-the-handler.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type * as Socket from "../../Socket.ts"
import { monotonicOf, sleep, timeoutOption } from "../waiting/index.ts"
import type { Handler } from "./options.ts"
import type { Interruption } from "./outcome.ts"

export class Live<E> {
  readonly socket: Socket.Socket
  readonly scope: Scope.CloseableScope
  /** The time at which the connection was accepted, in milliseconds, as `monotonicOf` returns it. */
  readonly started: number
  fiber: Fiber.RuntimeFiber<Exit.Exit<void, E>> | undefined
  /**
   * - `Handling`: the handler runs.
   * - `Closing`: the handler has ended, and the Scope of the connection closes.
   * - `Reporting`: the Scope has closed, and `report` runs.
   * - `Over`: `report` has ended, or the server has given up the connection.
   */
  state: "Handling" | "Closing" | "Reporting" | "Over" = "Handling"
  /** Why the server interrupted the handler. Undefined if the server has not interrupted it. */
  interruptedBy: Interruption | undefined
  /** True if the server has given up the connection, because it did not end in time. */
  isStuck = false
  /** The exit of the handler. Undefined while the handler runs. */
  exit: Exit.Exit<void, E> | undefined

  constructor(socket: Socket.Socket, scope: Scope.CloseableScope, started: number) {
    this.socket = socket
    this.scope = scope
    this.started = started
  }
}

export interface Settings<E> {
  readonly clock: Clock.Clock
  /** Runs handlers, timeouts and reports. Its fibers are interruptible and have the context of the server. */
  readonly runtime: Runtime.Runtime<never>
  /** How long a handler and the finalizers of its Scope may take. */
  readonly handlerTimeout: Duration.Duration
  /** How long an interrupted handler may take to end. */
  readonly interruptTimeout: Duration.Duration
  /**
   * Called once for each connection, when it has closed. If the server gives up a connection, `report` is called at
   * that moment, and `live.isStuck` is true.
   */
  readonly report: (live: Live<E>, exit: Exit.Exit<void, E>) => Effect.Effect<void>
  /** Called with 1 when a connection begins, and with -1 when it has closed or the server has given it up. */
  readonly opened: (change: 1 | -1) => void
}

const failed = <E>(cause: Cause.Cause<E>): Exit.Exit<Exit.Exit<void, E>> => Exit.succeed(Exit.failCause(cause))
const succeeded = (): Exit.Exit<Exit.Exit<void>> => Exit.succeed(Exit.void)

/**
 * Returns the exit of a handler as a value, so that the fiber of the handler does not fail. The server logs the
 * failure. If the fiber failed, Effect would log the same failure again.
 */
const caught = <E>(handling: Effect.Effect<unknown, E>): Effect.Effect<Exit.Exit<void, E>> =>
  Effect.matchCauseEffect(handling, { onFailure: failed<E>, onSuccess: succeeded })

/** Combines the exit of a handler with the exit of the finalizers of its Scope. */
const both = <E>(exit: Exit.Exit<void, E>, closing: Exit.Exit<void>): Exit.Exit<void, E> =>
  Exit.isSuccess(closing) ? exit : Exit.zipRight(exit, closing)

/** Calls a handler and returns its effect. If the handler throws, returns an effect that dies with the thrown value. */
const handling = <E>(handler: Handler<E, never>, socket: Socket.Socket): Effect.Effect<unknown, E> => {
  try {
    return handler(socket)
  } catch (defect) {
    return Effect.die(defect)
  }
}

export class LiveConnections<E> {
  /** The number of open connections. Connections that the server has given up do not count. */
  open = 0
  private readonly settings: Settings<E>
  /** All connections that are not `Over`, in the order in which they were accepted. */
  private readonly all = new Set<Live<E>>()
  /**
   * Connections whose Scope has not closed and whose `handlerTimeout` has not passed, the earliest accepted one first.
   * Empty if there is no `handlerTimeout`.
   */
  private readonly due = new Set<Live<E>>()
  private watcher: Fiber.RuntimeFiber<void> | undefined
  private onRoom: (() => void) | undefined
  private readonly waiting = new Set<(live: Live<E>) => void>()

  constructor(settings: Settings<E>) {
    this.settings = settings
  }

  get lives(): ReadonlyArray<Live<E>> {
    return [...this.all]
  }

  /** Waits until fewer than `most` connections are open. Only one fiber may wait at a time. */
  roomWithin(most: number): Effect.Effect<void> {
    return Effect.async<void>(resume => {
      this.onRoom = () => {
        if (this.open < most) resume(Effect.void)
      }
      this.onRoom()
    })
  }

  /** Adds a connection and starts its handler. From then on, this object owns the connection and closes its Scope. */
  begin(socket: Socket.Socket, scope: Scope.CloseableScope, handler: Handler<E, never>): void {
    const { clock, handlerTimeout, opened, runtime } = this.settings
    const live = new Live<E>(socket, scope, monotonicOf(clock))
    this.all.add(live)
    this.open += 1
    opened(1)
    if (Duration.isFinite(handlerTimeout)) this.watch(live)
    const context = Context.add(runtime.context, Scope.Scope, scope)
    const runFork = Runtime.runFork(Runtime.make({ ...runtime, context }))
    const fiber = runFork(caught(handling(handler, socket)))
    live.fiber = fiber
    fiber.addObserver(exit => this.end(live, Exit.flatten(exit)))
  }

  private end(live: Live<E>, exit: Exit.Exit<void, E>): void {
    // If the server has given up the connection, its state stays `Over`. Its Scope still has to close, because the
    // Scope may have finalizers.
    if (live.state === "Handling") live.state = "Closing"
    live.exit = exit
    const closed = Effect.flatMap(Effect.exit(Scope.close(live.scope, exit)), closing => {
      if (live.state === "Over") return Effect.void
      // `handlerTimeout` includes the finalizers, so the connection leaves `due` only after its Scope has closed.
      // Otherwise a finalizer that hangs would keep the connection open forever.
      this.due.delete(live)
      live.state = "Reporting"
      this.closed()
      const reported = this.settings.report(live, both(exit, closing))
      return Effect.ensuring(
        reported,
        Effect.sync(() => this.forget(live))
      )
    })
    Runtime.runFork(this.settings.runtime)(closed)
  }

  private closed(): void {
    this.open -= 1
    this.settings.opened(-1)
    this.onRoom?.()
  }

  private forget(live: Live<E>): void {
    live.state = "Over"
    this.all.delete(live)
    for (const wake of this.waiting) wake(live)
  }

  /** Adds a connection to `due`. If the fiber that enforces `handlerTimeout` does not run, starts it. */
  private watch(live: Live<E>): void {
    this.due.add(live)
    this.watcher ??= Runtime.runFork(this.settings.runtime)(this.watching, { immediate: false })
  }

  /**
   * Interrupts the handlers that have timed out, sleeps until the next connection of `due` times out, and repeats. Ends
   * when `due` is empty. All connections have the same timeout, so the first connection of `due` times out next.
   */
  private get watching(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const now = monotonicOf(this.settings.clock)
      const late: Array<Live<E>> = []
      let left = 0
      for (const live of this.due) {
        left = live.started + Duration.toMillis(this.settings.handlerTimeout) - now
        if (left > 0) break
        this.due.delete(live)
        late.push(live)
      }
      if (late.length > 0) Runtime.runFork(this.settings.runtime)(this.interrupt(late, "TimedOut"))
      if (this.due.size > 0) return Effect.zipRight(sleep(left), this.watching)
      this.watcher = undefined
      return Effect.void
    })
  }

  /** Waits until all of `lives` are `Over`, but no longer than `timeout`. */
  settled(lives: ReadonlyArray<Live<E>>, timeout: Duration.Duration): Effect.Effect<void> {
    const ended = Effect.async<void>(resume => {
      const left = new Set(lives.filter(({ state }) => state !== "Over"))
      const wake = (live?: Live<E>) => {
        if (live !== undefined) left.delete(live)
        if (left.size > 0) return
        this.waiting.delete(wake)
        resume(Effect.void)
      }
      this.waiting.add(wake)
      wake()
      return Effect.sync(() => this.waiting.delete(wake))
    })
    return Effect.asVoid(timeoutOption(Effect.interruptible(ended), timeout))
  }

  /**
   * Interrupts the handlers of `lives`. If a connection has not ended after `interruptTimeout`, aborts it. If it still
   * has not ended after another `interruptTimeout`, gives it up.
   * See docs/DECISIONS.md#stuck-handlers-are-given-up.
   */
  interrupt(lives: ReadonlyArray<Live<E>>, because: Interruption): Effect.Effect<void> {
    return Effect.suspend(() => {
      for (const live of lives) {
        if (live.state !== "Handling") continue
        live.interruptedBy ??= because
        live.fiber?.unsafeInterruptAsFork(FiberId.none)
      }
      const left = () => lives.filter(({ state }) => state !== "Over")
      return this.settled(lives, this.settings.interruptTimeout).pipe(
        Effect.flatMap(() => this.abort(left())),
        Effect.flatMap(() => this.giveUp(left()))
      )
    })
  }

  /**
   * Ends all connections, and the fiber that enforces `handlerTimeout`. Afterwards, only fibers that cannot be
   * interrupted may still run.
   */
  endAll(because: Interruption): Effect.Effect<void> {
    return Effect.zipRight(
      Effect.suspend(() => this.interrupt(this.lives, because)),
      Effect.suspend(() => (this.watcher === undefined ? Effect.void : Effect.asVoid(Fiber.interrupt(this.watcher))))
    )
  }

  private abort(lives: ReadonlyArray<Live<E>>): Effect.Effect<void> {
    if (lives.length === 0) return Effect.void
    const aborts = Effect.forEach(lives, ({ socket }) => Effect.forkDaemon(socket.abort), { discard: true })
    return Effect.zipRight(aborts, this.settled(lives, this.settings.interruptTimeout))
  }

  /** Gives up connections that do not end. Their fibers still run, but the server no longer waits for them. */
  private giveUp(lives: ReadonlyArray<Live<E>>): Effect.Effect<void> {
    if (lives.length === 0) return Effect.void
    const reported = Effect.forEach(lives, live => this.giveUpOne(live), { concurrency: "unbounded", discard: true })
    return Effect.asVoid(timeoutOption(Effect.disconnect(reported), this.settings.interruptTimeout))
  }

  private giveUpOne(live: Live<E>): Effect.Effect<void> {
    // The connection may have ended just now. Another call of `interrupt` may also have given it up, because
    // `handlerTimeout` can pass while the server ends.
    if (live.state === "Over") return Effect.void
    live.isStuck = true
    const isReported = live.state === "Reporting"
    if (!isReported) this.closed()
    this.forget(live)
    return isReported
      ? Effect.logError("server: onOutcome does not return")
      : this.settings.report(live, live.exit ?? Exit.interrupt(FiberId.none))
  }
}
