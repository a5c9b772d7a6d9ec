/** A soak: runs rounds in several lanes for some time, samples the figures at intervals, and prints a verdict. */
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

/** Fewer samples do not show a trend. A soak takes at least this many, unless it is ended early. */
const fewestSamples = 8

/** Seconds between two peers that need a process of their own. */
const killEvery = 5

const say = (line: string) => Effect.sync(() => void process.stdout.write(`${line}\n`))

const now = () => performance.now() / 1000

interface Sample {
  readonly seconds: number
  readonly rounds: number
  readonly figures: Figures
}

/** The progress and the results of a soak so far. */
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

  /** Returns the rounds per second since the last call. */
  pace(): number {
    const { at, rounds } = this.counted
    this.counted = { rounds: this.rounds, at: now() }
    return (this.rounds - rounds) / (this.counted.at - at)
  }

  /** True if the next round takes a peer that needs a process of its own: once every `killEvery` seconds. */
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

/**
 * Returns the random numbers of one round. Each round has its own, so that a seed draws the same rounds however long they
 * take. Only the rounds chosen by `Course.kills` depend on time.
 */
const lots = (seed: number, lane: number, n: number) => new Random(seed * 1_000_003 + lane * 10_007 + n)

/**
 * The timeout of a round, longer than the round's own timeouts. If the scope of a round does not close, the round is left
 * running, and the figures count what it holds.
 */
const longestRound = "90 seconds"

const bounded = (round: Round) =>
  Effect.timeoutFail(Effect.disconnect(Effect.scoped(round.run)), {
    duration: longestRound,
    onTimeout: () => `the round and its scope did not end within ${longestRound}`
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
      // Closed handles disappear only after some turns of the event loop.
      yield* turns(tcp, 20)
      const now = figures((yield* supervisor.value).length)
      course.samples.push({ seconds: course.seconds, rounds: course.rounds, figures: now })
      yield* say(lineOf(course.seconds, course.pace(), now))
    })
  )

const conclude = (course: Course) =>
  Effect.gen(function* () {
    const verdicts = names.map(name =>
      verdict.judge(
        bounds[name],
        course.samples.map(({ figures, rounds, seconds }) => [
          bounds[name].per === "minute" ? seconds : rounds,
          figures[name]
        ])
      )
    )
    yield* say(`\n${course.rounds} rounds in ${course.seconds.toFixed(1)} s, ${course.unexpected} unexpected outcomes`)
    for (const line of verdicts.map(verdict.lineOf)) {
      yield* say(line)
    }
    const isGood = course.unexpected === 0 && verdicts.every(({ verdict }) => verdict !== "grows")
    yield* say(`verdict: ${isGood ? "steady" : "failed"}`)
    return isGood
  })

/**
 * Runs a soak and prints its report. Returns true if every outcome was expected and no figure grows. When `ended`
 * completes, the soak ends early with the verdict so far.
 */
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
