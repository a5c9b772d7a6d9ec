/** One row of the table. A polite client asks while a load runs. Then the server's counts are compared with those before. */
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
  /** Counts after all connections of the load have been made. */
  readonly during: Counts
  readonly after: Counts
  readonly seconds: number
  /** The conditions that do not hold. Empty if the row holds. */
  readonly broken: ReadonlyArray<string>
}

/**
 * The time within which the polite client must have each answer, in milliseconds. It is long because 10,000 connections
 * may come or go at once, and the attackers and other programs use the same cores.
 */
export const prompt = 5000

const MiB = 1024 * 1024

/** Memory for garbage and for the polite client, in bytes. It does not depend on the size of the load. */
const peakSlack = 64 * MiB

/** The most that memory may have grown after the attackers have gone and garbage was collected, in bytes. */
const afterSlack = 4 * MiB

export const peakBound = (load: Load, count: number) => count * load.each + peakSlack

const isBack = (before: Counts, now: Counts) =>
  now.connections === before.connections &&
  now.handshaking === before.handshaking &&
  now.open === before.open &&
  now.descriptors <= before.descriptors &&
  now.fibers <= before.fibers

/** Asks for counts until they are back where they were before the load, for at most 10 seconds. */
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
    [polite.slowest <= prompt, `the polite client waited ${polite.slowest.toFixed(0)} ms for an answer`],
    [attacked.lost === 0 || isStarving, `${attacked.lost} connections were lost`],
    [attacked.opened === count || isStarving, `${attacked.opened} of ${count} connections were established`],
    [
      during.connections + during.handshaking >= count || load.hold === 0 || isStarving,
      `the server had only ${during.connections} connections and ${during.handshaking} handshakes`
    ],
    [after.starved > before.starved || !isStarving, "the server did not run out of descriptors"],
    [load.name !== "slowloris" || attacked.cut === count, `${attacked.cut} of ${count} connections were closed`],
    [attacked.slowestCut <= deadline + prompt, `one was closed only after ${attacked.slowestCut.toFixed(0)} ms`],
    [after.defects === before.defects, `${after.defects - before.defects} handlers died`],
    [after.connections === before.connections, `${after.connections - before.connections} connections were left open`],
    [after.handshaking === before.handshaking, `${after.handshaking} handshakes were left running`],
    [after.open === before.open, `the gauge of open connections is ${after.open}, not ${before.open}`],
    [after.descriptors <= before.descriptors, `${after.descriptors - before.descriptors} descriptors were left open`],
    [after.fibers <= before.fibers, `${after.fibers - before.fibers} fibers were left running`],
    [after.peak - before.memory <= peakBound(load, count), "memory exceeded its bound"],
    [after.memory - before.memory <= afterSlack, "memory was not freed"]
  ]
  return holds.flatMap(([holds, why]) => (holds ? [] : [why]))
}

/** Runs a load against the server. Returns its row. */
export const run = (victim: Victim, load: Load, count: number, title: string) =>
  Effect.gen(function* () {
    const began = performance.now()
    const { ca, ports } = yield* victim.ask({ collect: false, begin: false })
    const polite = yield* Effect.acquireRelease(
      Effect.sync(() => (load.tls ? new Polite(ports.tls, ca) : new Polite(ports.plain))),
      it => it.leave
    )
    // The first requests compile code and fill caches. They are not counted.
    yield* Effect.repeatN(Effect.zip(polite.again, polite.anew), 50)
    polite.begin()
    const attackers = yield* start<Attack, Attacked>("attacker.ts")
    const before = yield* Effect.delay(victim.ask({ collect: true, begin: true }), "200 millis")
    const asks = load.descriptors === undefined ? Effect.zipRight(polite.again, polite.anew) : polite.again
    const asking = yield* Effect.fork(Effect.forever(Effect.delay(asks, "20 millis")))
    const port = load.tls ? ports.tls : load.name === "slowloris" ? ports.deadline : ports.plain
    const attacked = yield* attackers.ask({ load: load.name, port, count })
    yield* Effect.sleep(load.hold * 1000)
    const during = yield* victim.ask({ collect: false, begin: false })
    yield* attackers.kill
    yield* Effect.sleep("500 millis")
    yield* Fiber.interrupt(asking)
    // After the load, a new connection must still be served.
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
