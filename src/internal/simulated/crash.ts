/**
 * A host that goes dark, and comes back without a memory: what it had is gone and tells nobody, and what runs on it is
 * started anew.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { World } from "./world.ts"

/** What runs on a host. */
export interface Program {
  /** Interrupts it, and does not wait for it. */
  readonly stop: () => void
  readonly start: Effect.Effect<void>
}

const goDark = (world: World, name: string): void => {
  world.note("fault", "crash", name)
  const { links } = world
  world.crashed.set(name, links.down.add(name))
  links.refresh()
  for (const program of world.programsOf(name)) program.stop()
  world.known(name)?.crash()
  for (const link of links.all) {
    if (link.to === name) link.revise(() => "drop")
    if (link.from === name) for (const flow of [...link.flows]) flow.cut()
  }
}

/** Nothing if it is down already. */
export const crash = (world: World, host: string): Effect.Effect<void> =>
  Effect.sync(() => {
    const name = host.toLowerCase()
    if (!world.crashed.has(name)) goDark(world, name)
  })

/** Nothing if it is up. Does not wait for what it had run before. */
export const restart = (world: World, host: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const name = host.toLowerCase()
    const up = world.crashed.get(name)
    if (up === undefined) return Effect.void
    world.crashed.delete(name)
    world.note("heal", "crash", name)
    up()
    world.links.refresh()
    return Effect.forEach(world.programsOf(name), program => program.start, { discard: true })
  })
