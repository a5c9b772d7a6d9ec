/**
 * A program on a host: it is started anew whenever the host comes back. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import type { Program } from "./crash.ts"
import type { World } from "./world.ts"

/** Runs it, and gives the fiber of its latest start. */
export const runOn = <A, E, R>(
  world: World,
  host: string,
  program: Effect.Effect<A, E, R>
): Effect.Effect<Effect.Effect<Fiber.RuntimeFiber<A, E>>, never, R | Scope.Scope> =>
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
    return Effect.sync(() => fiber!)
  })
