/**
 * A host that goes dark, and comes back without a memory: what it had is gone and tells nobody, and what runs on it is
 * started anew.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Outage, World } from "./world.ts"

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
