/** A soak: rounds in several lanes for some time, a sample of the figures every now and then, and a verdict. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Supervisor from "effect/Supervisor"
import { Random } from "../../src/internal/conformance/kit/bytes.ts"
import { turns } from "../../src/internal/conformance/kit/pairs.ts"
import { tcp } from "../../test/conformance/transports.ts"
import { bounds, type Figures, figures, lineOf, names } from "./figures.ts"
import { type Cast, drawRound, makeCast, type Round } from "./rounds.ts"
import { troupe } from "./troupe.ts"
import { Turnstile } from "./turnstile.ts"
import * as verdict from "./verdict.ts"

export interface Config {
  readonly seconds: number
  readonly every: number
  readonly seed: number
  readonly lanes: number
}

const flood = 8 * 1024 * 1024

/** Fewer do not tell a trend: a soak lasts for as many, if it is not ended. */
const fewestSamples = 8

const killEvery = 5

const say = (line: string) => Effect.sync(() => void process.stdout.write(`${line}\n`))

const now = () => performance.now() / 1000

interface Sample {
  readonly seconds: number
  readonly figures: Figures
}

/** What has been done so far, and what came of it. */
class Course {
  readonly began = now()
  readonly samples: Array<Sample> = []
  readonly turnstile = new Turnstile()
  rounds = 0
  unexpected = 0
  isOver = false
  private lastKill = now()
  private counted = { rounds: 0, at: now() }

  get seconds(): number {
    return now() - this.began
  }

  /** Rounds per second since it was asked last. */
  pace(): number {
    const { at, rounds } = this.counted
    this.counted = { rounds: this.rounds, at: now() }
    return (this.rounds - rounds) / (this.counted.at - at)
  }

  /** Whether it is time for a peer that is killed. */
  kills(): boolean {
    const isTime = now() - this.lastKill > killEvery
    if (isTime) this.lastKill = now()
    return isTime
  }
}

const report = (course: Course, lane: number, round: Round, exit: Exit.Exit<void, unknown>) => {
  course.rounds += 1
  if (Exit.isSuccess(exit)) return Effect.void
  course.unexpected += 1
  return say(
    `UNEXPECTED, lane ${lane}, after ${course.seconds.toFixed(1)} s: ${round.title}\n${Cause.pretty(exit.cause)}`
  )
}

/** Each round has lots of its own, so that a seed draws the same ones, however long they take. */
const lots = (seed: number, lane: number, n: number) => new Random(seed * 1_000_003 + lane * 10_007 + n)

/** Longer than a round takes by its own limit. One whose scope does not close is left behind: it will be counted. */
const longestRound = "90 seconds"

const bounded = (round: Round) =>
  Effect.timeoutFail(Effect.disconnect(Effect.scoped(round.run)), {
    duration: longestRound,
    onTimeout: () => `neither the round nor its scope ended within ${longestRound}`
  })

const lane = (course: Course, cast: Cast, seed: number, number: number) => {
  let n = 0
  const next = Effect.suspend(() => {
    const round = drawRound(lots(seed, number, n++), cast, course.kills())
    return course.turnstile.pass(
      Effect.flatMap(Effect.exit(bounded(round)), exit => report(course, number, round, exit))
    )
  })
  return Effect.repeat(next, { until: () => course.isOver })
}

const sample = (course: Course, supervisor: Supervisor.Supervisor<Array<Fiber.RuntimeFiber<unknown, unknown>>>) =>
  course.turnstile.atRest(
    Effect.gen(function* () {
      // What has been closed is gone after some turns.
      yield* turns(tcp, 20)
      const now = figures((yield* supervisor.value).length)
      course.samples.push({ seconds: course.seconds, figures: now })
      yield* say(lineOf(course.seconds, course.pace(), now))
    })
  )

const conclude = (course: Course) =>
  Effect.gen(function* () {
    const verdicts = names.map(name =>
      verdict.judge(
        bounds[name],
        course.samples.map(({ figures, seconds }) => [seconds, figures[name]])
      )
    )
    yield* say(`\n${course.rounds} rounds in ${course.seconds.toFixed(1)} s, ${course.unexpected} unexpected outcomes`)
    for (const line of verdicts.map(verdict.lineOf)) {
      yield* say(line)
    }
    const isGood = course.unexpected === 0 && verdicts.every(({ verdict }) => verdict !== "grows")
    yield* say(`verdict: ${isGood ? "steady" : "bad"}`)
    return isGood
  })

/** Whether all was well. `ended` ends it early, with the verdict so far. */
export const soak = ({ every, lanes, seconds, seed }: Config, ended: Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    yield* say(`seed ${seed}, ${lanes} lanes, ${seconds} s${globalThis.gc ? "" : ", without --expose-gc"}`)
    const { died, maker } = yield* troupe(flood)
    const supervisor = yield* Supervisor.track
    const cast = yield* Effect.raceFirst(Effect.supervised(makeCast(maker, flood), supervisor), died)
    const course = new Course()
    const fibers = yield* Effect.forEach(Array.from({ length: lanes }), (_, number) =>
      Effect.fork(Effect.supervised(lane(course, cast, seed, number), supervisor))
    )
    const sampling = Effect.repeat(
      Effect.zipRight(
        Effect.sleep(`${Math.round(Math.min(every, seconds / fewestSamples) * 1000)} millis`),
        sample(course, supervisor)
      ),
      { until: () => course.seconds >= seconds && course.samples.length >= fewestSamples }
    )
    yield* Effect.raceFirst(Effect.raceFirst(sampling, ended), died)
    course.isOver = true
    yield* Effect.raceFirst(Fiber.awaitAll(fibers), died)
    return yield* conclude(course)
  }).pipe(Effect.scoped)
