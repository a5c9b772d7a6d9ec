/**
 * A program on a host: it is started anew whenever the host comes back. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import type { Program, World } from "./world.ts"

/**
 * A program that runs on a host.
 *
 * @since 0.1.0
 * @category models
 */
export interface Running<A, E> {
  /** The fiber of its latest start: another one when its host has crashed and come back. */
  readonly fiber: Effect.Effect<Fiber.RuntimeFiber<A, E>>
}

/** Runs it, for as long as the Scope is open. */
export const runOn = <A, E, R>(
  world: World,
  host: string,
  program: Effect.Effect<A, E, R>
): Effect.Effect<Running<A, E>, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const context = yield* Effect.context<R>()
    let fiber: Fiber.RuntimeFiber<A, E> | undefined
    // Whoever restarts it may be in a finalizer, which nothing interrupts.
    const run = Effect.interruptible(Effect.provide(program, context))
    const stop = () => fiber?.unsafeInterruptAsFork(FiberId.none)
    const forked = Effect.map(Effect.forkIn(run, scope), started => {
      fiber = started
    })
    // One that was put to a host that was down may run still.
    const start = Effect.zipRight(Effect.sync(stop), forked)
    const own: Program = { start, stop }
    const programs = world.programsOf(host)
    yield* Effect.acquireRelease(
      Effect.sync(() => programs.add(own)),
      () => Effect.sync(() => programs.delete(own))
    )
    yield* start
    return { fiber: Effect.sync(() => fiber!) }
  })
