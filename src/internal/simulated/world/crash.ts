/**
 * Crashes of hosts, and the programs that run on hosts. A crash removes the sockets of the host, and does not notify
 * their peers. It kills the programs of the host, without their finalizers. When the host comes back, its programs
 * start again.
 * See docs/DECISIONS.md#a-crash-notifies-no-peer.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { forever } from "../../waiting/index.ts"
import { processes } from "../time/index.ts"
import type { Outage, Program, World } from "./world.ts"

const goDark = (world: World, name: string): Outage => {
  world.note("fault", "crash", name)
  const { links } = world
  const outage: Outage = { up: links.down.add(name), crashes: 0 }
  world.crashed.set(name, outage)
  links.refresh()
  for (const program of world.programsOf(name)) program.kill()
  world.known(name)?.crash()
  for (const link of links.all) {
    if (link.to === name) link.revise(() => "drop")
    if (link.from === name) for (const flow of [...link.flows]) flow.vanish()
  }
  return outage
}

/** Crashes a host. Returns an effect that ends this crash. The host is up again when all its crashes have ended. */
export const crash = (world: World, host: string): Effect.Effect<Effect.Effect<void>> =>
  Effect.sync(() => {
    const name = host.toLowerCase()
    const outage = world.crashed.get(name) ?? goDark(world, name)
    outage.crashes += 1
    return Effect.suspend(() => {
      outage.crashes -= 1
      // If the host was restarted and has crashed again, `outage` is an earlier outage, and its end restarts nothing.
      const isLast = outage.crashes === 0 && world.crashed.get(name) === outage
      return isLast ? restart(world, name) : Effect.void
    })
  })

/**
 * Restarts a host and its programs. Does not wait until the earlier runs of the programs have ended. If the host is up,
 * does nothing.
 */
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
  /**
   * Returns the fiber of the latest start of the program. Each restart of the host starts a new fiber. If the host
   * crashes, the fiber ends with an interruption.
   */
  readonly fiber: Effect.Effect<Fiber.RuntimeFiber<A, E>>
}

/**
 * Starts a program on a host. If the host is down, the program starts when the host restarts. When the Scope closes,
 * the program is interrupted.
 */
export const runOn = <A, E, R>(
  world: World,
  host: string,
  program: Effect.Effect<A, E, R>
): Effect.Effect<Running<A, E>, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const context = yield* Effect.context<R>()
    let fiber: Fiber.RuntimeFiber<A, E> | undefined
    let kill = () => {}
    // While the host is down, waits forever: the restart of the host starts the program anew.
    const whole = Effect.suspend(() => (world.crashed.has(host.toLowerCase()) ? forever : program))
    // Makes the program interruptible. Without this, a program that a finalizer restarts could not be interrupted,
    // because finalizers are uninterruptible.
    const run = Effect.interruptible(Effect.provide(whole, context))
    const begin = yield* processes
    const start = Effect.suspend(() => {
      // Ends the earlier run, if there is one. It may still wait for the restart of the host.
      kill()
      const process = begin()
      kill = () => process.kill()
      return Effect.map(process.forkIn(run, scope), started => {
        fiber = started
      })
    })
    const own: Program = { start, kill: () => kill() }
    const programs = world.programsOf(host)
    yield* Effect.acquireRelease(
      Effect.sync(() => programs.add(own)),
      () => Effect.sync(() => programs.delete(own))
    )
    yield* start
    return { fiber: Effect.sync(() => fiber!) }
  })
