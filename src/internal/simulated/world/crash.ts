/**
 * A host that goes dark, and comes back without a memory: what it had is gone and tells nobody, and what runs on it is
 * started anew.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import type { Outage, Program, World } from "./world.ts"

const goDark = (world: World, name: string): Outage => {
  world.note("fault", "crash", name)
  const { links } = world
  const outage: Outage = { up: links.down.add(name), crashes: 0 }
  world.crashed.set(name, outage)
  links.refresh()
  for (const program of world.programsOf(name)) program.stop()
  world.known(name)?.crash()
  for (const link of links.all) {
    if (link.to === name) link.revise(() => "drop")
    if (link.from === name) for (const flow of [...link.flows]) flow.vanish()
  }
  return outage
}

/** It stays down if it is already. Gives what ends that: when the last of them has ended it is back. */
export const crash = (world: World, host: string): Effect.Effect<Effect.Effect<void>> =>
  Effect.sync(() => {
    const name = host.toLowerCase()
    const outage = world.crashed.get(name) ?? goDark(world, name)
    outage.crashes += 1
    return Effect.suspend(() => {
      outage.crashes -= 1
      // It may have been brought back since, and have crashed again.
      const isLast = outage.crashes === 0 && world.crashed.get(name) === outage
      return isLast ? restart(world, name) : Effect.void
    })
  })

/** Nothing if it is up. Does not wait for what it had run before. */
export const restart = (world: World, host: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const name = host.toLowerCase()
    const outage = world.crashed.get(name)
    if (outage === undefined) return Effect.void
    world.crashed.delete(name)
    world.note("heal", "crash", name)
    outage.up()
    world.links.refresh()
    return Effect.forEach(world.programsOf(name), program => program.start, { discard: true })
  })

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
