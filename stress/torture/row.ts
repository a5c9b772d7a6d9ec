/** One row of the table: a load runs, a polite client asks meanwhile, and what is there afterwards is compared. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Child, start } from "./child.ts"
import type { Load } from "./loads.ts"
import { Polite } from "./polite.ts"
import { type Attack, type Attacked, type Counts, deadline, type Look } from "./protocol.ts"

export type Victim = Child<Look, Counts>

export const victim = (descriptors?: number) => start<Look, Counts>("victim.ts", descriptors)

export interface Row {
  readonly title: string
  readonly polite: {
    readonly answered: number
    readonly lost: number
    readonly median: number
    readonly slowest: number
  }
  readonly attacked: Attacked
  readonly before: Counts
  /** When all of them had come. */
  readonly during: Counts
  readonly after: Counts
  readonly seconds: number
  /** What did not hold: nothing, if all is well. */
  readonly broken: ReadonlyArray<string>
}

/**
 * How soon the polite client must have each answer, in milliseconds: also while 10,000 come or go at once, on a machine
 * whose cores are shared with the attackers and whatever else runs.
 */
export const prompt = 5000

const MiB = 1024 * 1024

/** What is not yet collected, and what the polite client takes, however few attackers there are. */
const peakSlack = 64 * MiB

/** How much the memory may have grown when all of them have gone and it was collected. */
export const afterSlack = 4 * MiB

export const peakBound = (load: Load, count: number) => count * load.each + peakSlack

const isBack = (before: Counts, now: Counts) =>
  now.connections === before.connections &&
  now.open === before.open &&
  now.descriptors <= before.descriptors &&
  now.fibers <= before.fibers

/** Looks until all is where it was, for some seconds at most. */
const settle = (victim: Victim, before: Counts) => {
  const began = performance.now()
  return Effect.repeat(Effect.delay(victim.ask({ collect: true, begin: false }), "100 millis"), {
    until: now => isBack(before, now) || performance.now() - began > 10_000
  })
}

const judge = (load: Load, count: number, row: Omit<Row, "broken">): ReadonlyArray<string> => {
  const { after, attacked, before, during, polite } = row
  const isStarving = load.descriptors !== undefined
  const holds: ReadonlyArray<readonly [boolean, string]> = [
    [polite.answered > 0 && polite.lost === 0, `the polite client lost ${polite.lost} answers`],
    [polite.slowest <= prompt, `the polite client waited for ${polite.slowest.toFixed(0)} ms`],
    [attacked.lost === 0 || isStarving, `${attacked.lost} connections were lost`],
    [attacked.opened === count || isStarving, `${attacked.opened} of ${count} were made`],
    [during.connections >= count || load.hold === 0 || isStarving, `the server had ${during.connections} connections`],
    [after.starved > before.starved || !isStarving, "descriptors did not run out"],
    [load.name !== "slowloris" || attacked.cut === count, `${attacked.cut} were cut`],
    [attacked.slowestCut <= deadline + prompt, `one was cut only after ${attacked.slowestCut.toFixed(0)} ms`],
    [after.defects === before.defects, `${after.defects - before.defects} handlers died`],
    [after.connections === before.connections, `${after.connections - before.connections} connections were left`],
    [after.open === before.open, `the gauge is ${after.open}, not ${before.open}`],
    [after.descriptors <= before.descriptors, `${after.descriptors - before.descriptors} descriptors were left`],
    [after.fibers <= before.fibers, `${after.fibers - before.fibers} fibers were left`],
    [after.peak - before.memory <= peakBound(load, count), "the memory was beyond its bound"],
    [after.memory - before.memory <= afterSlack, "memory was left"]
  ]
  return holds.flatMap(([holds, why]) => (holds ? [] : [why]))
}

/** A server under a load, and what came of it. */
export const run = (victim: Victim, load: Load, count: number, title: string) =>
  Effect.gen(function* () {
    const began = performance.now()
    const { ports } = yield* victim.ask({ collect: false, begin: false })
    const polite = yield* Effect.acquireRelease(
      Effect.sync(() => new Polite(ports.plain)),
      it => it.leave
    )
    // What is compiled and cached once is not the load's.
    yield* Effect.repeatN(Effect.zip(polite.again, polite.anew), 50)
    polite.begin()
    const attackers = yield* start<Attack, Attacked>("attacker.ts")
    const before = yield* Effect.delay(victim.ask({ collect: true, begin: true }), "200 millis")
    const asks = load.descriptors === undefined ? Effect.zipRight(polite.again, polite.anew) : polite.again
    const asking = yield* Effect.fork(Effect.forever(Effect.delay(asks, "20 millis")))
    const port = load.name === "slowloris" ? ports.deadline : ports.plain
    const attacked = yield* attackers.ask({ load: load.name, port, count })
    yield* Effect.sleep(load.hold * 1000)
    const during = yield* victim.ask({ collect: false, begin: false })
    yield* attackers.kill
    yield* Effect.sleep("500 millis")
    yield* Fiber.interrupt(asking)
    // Whoever comes now is served as before.
    yield* polite.anew
    const after = yield* settle(victim, before)
    const { answered, lost, median, slowest } = polite
    const row = {
      title,
      polite: { answered, lost, median, slowest },
      attacked,
      before,
      during,
      after,
      seconds: (performance.now() - began) / 1000
    }
    return { ...row, broken: judge(load, count, row) } satisfies Row
  })
