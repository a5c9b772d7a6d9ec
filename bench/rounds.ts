/**
 * The rounds of a workload. In each round every contender does the workload once, in processes that were started together.
 * A full run starts new processes for each round. A quick run keeps them, and so do the groups `connections` and `frames`.
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Built } from "./build.ts"
import { type Child, ChildError, start } from "./child.ts"
import type { Contender } from "./contenders.ts"
import { doubts, type Run } from "./samples.ts"
import type { Job, Work, Workload } from "./workloads.ts"

/** A contender that failed in a round, and why. */
export interface Failure {
  readonly workload: string
  readonly contender: string
  readonly round: number
  readonly why: string
}

export interface Plan {
  readonly built: Built
  readonly rounds: number
  readonly size: "full" | "quick"
  readonly report: (line: string) => Effect.Effect<void>
}

type Done = Work & Readonly<Record<string, number>> & { readonly figures?: Readonly<Record<string, number>> }

/** Starts the peer: the C program if it could be built, otherwise the one for Node. With TLS, always the one for Node. */
const startPeer = ({ folder, withoutC }: Built, program: string, words: ReadonlyArray<string | number>) =>
  withoutC === undefined && !program.startsWith("tls")
    ? start(`the peer (${program})`, path.join(folder, program), words)
    : start(`the peer (${program})`, process.execPath, [path.join(folder, "bench", "peer", `${program}.js`), ...words])

const lineOf = ({ play }: Workload, job: Job, port: number): string =>
  [play, port, job.bytes, job.size, job.connections, job.messages].join(" ")

/**
 * Returns the bytes that the contender read but did not ask for: what the peer had sent when it was last held back, less
 * the bytes in the kernel and the bytes received.
 */
const readAhead = (peer: Child, received: number): Readonly<Record<string, number>> => {
  const held = peer.lines.findLast(line => "held" in line)?.["held"] as { sent: number; inKernel: number } | undefined
  return held === undefined ? {} : { readAhead: held.sent - held.inKernel - received }
}

/** Runs a workload without a peer. There is no second count to compare with. */
const alone = (workload: Workload, job: Job, child: Child) =>
  Effect.gen(function* () {
    yield* child.tell(lineOf(workload, job, 0))
    const mine = (yield* child.said("done")) as Done
    const theirs: Done = { received: mine.sent, sent: mine.received }
    return { mine, theirs, ahead: {} }
  })

/** Runs one job. The peer (`peer`) serves the contender, or it (`drive`) is the client of a contender that serves. */
const doJob = (built: Built, workload: Workload, job: Job, child: Child) =>
  Effect.scoped(
    Effect.gen(function* () {
      if (workload.peer === undefined) return yield* alone(workload, job, child)
      const { program, words } = workload.peer(job)
      let peer: Child
      if (program === "peer" || program === "tlsPeer") {
        peer = yield* startPeer(built, program, words)
        const port = yield* peer.said("listening")
        yield* child.tell(lineOf(workload, job, Number(port)))
      } else {
        yield* child.tell(lineOf(workload, job, 0))
        const [mode = "", ...rest] = words
        const port = yield* child.said("listening")
        peer = yield* startPeer(built, program, [mode, Number(port), ...rest])
      }
      if (workload.pauses) {
        yield* child.said("seen")
        yield* peer.tell("")
      }
      const mine = (yield* child.said("done")) as Done
      const theirs = (yield* peer.said("done")) as Done
      return { mine, theirs, ahead: readAhead(peer, mine.received) }
    })
  )

const runOnce = (
  plan: Plan,
  workload: Workload,
  round: number,
  contender: Contender,
  child: Child
): Effect.Effect<Run, ChildError> =>
  Effect.gen(function* () {
    const job = workload.job(plan.size)
    const { ahead, mine, theirs } = yield* doJob(plan.built, workload, job, child)
    const wrong = doubts(workload, job, { mine, theirs })
    if (wrong.length > 0) {
      return yield* Effect.fail(new ChildError({ message: `did not do the planned work: ${wrong.join(", ")}` }))
    }
    const { p50, p99, p999 } = theirs
    const latency = p50 === undefined ? {} : { p50, p99: p99 ?? p50, p999: p999 ?? p50 }
    return {
      workload: workload.name,
      contender: contender.name,
      round,
      mine: { received: mine.received, sent: mine.sent, messages: mine.messages },
      theirs: { received: theirs.received, sent: theirs.sent, messages: theirs.messages },
      wall: theirs["wall"] ?? mine["wall"] ?? Number.NaN,
      cpu: mine["cpu"] ?? Number.NaN,
      stall: mine["stall"],
      figures: { ...mine.figures, ...ahead, ...latency, peakRss: (mine["peakRss"] ?? Number.NaN) * 1024 }
    }
  })

interface Ready {
  readonly contender: Contender
  readonly child: Child
}

/** Starts a contender. Returns undefined if it does not have the play of the workload. */
const prepare = (workload: Workload, contender: Contender) =>
  Effect.gen(function* () {
    const child = yield* start(contender.name, contender.command, contender.words)
    // A contender that did not start is kept: its job then fails, and the failure is recorded there.
    const plays = (yield* Effect.orElseSucceed(child.said("plays"), () => [workload.play])) as ReadonlyArray<string>
    return plays.includes(workload.play) ? { contender, child } : undefined
  })

/** Starts the contenders that have the play of the workload. Their start is not part of the measured time. */
const assemble = (workload: Workload, contenders: ReadonlyArray<Contender>) =>
  Effect.map(
    Effect.forEach(
      contenders.filter(({ missing, name }) => missing === undefined && !workload.without?.includes(name)),
      contender => prepare(workload, contender),
      { concurrency: 2 }
    ),
    found => found.filter(ready => ready !== undefined)
  )

/** The contenders in another order for each round, so that each round begins with another contender. */
const rotate = <A>(all: ReadonlyArray<A>, by: number): ReadonlyArray<A> => [
  ...all.slice(by % all.length),
  ...all.slice(0, by % all.length)
]

const doRound = (plan: Plan, workload: Workload, round: number, isWarm: boolean, all: ReadonlyArray<Ready>) =>
  Effect.forEach(rotate(all, round), ({ child, contender }) =>
    warmUp(plan, workload, isWarm, child).pipe(
      Effect.zipRight(runOnce(plan, workload, round, contender, child)),
      Effect.match({
        onSuccess: (run): Result => ({ run }),
        onFailure: ({ message }): Result => ({
          failure: { workload: workload.name, contender: contender.name, round, why: message }
        })
      })
    )
  )

const warmUp = (plan: Plan, workload: Workload, isWarm: boolean, child: Child) =>
  workload.cold || isWarm ? Effect.void : Effect.asVoid(doJob(plan.built, workload, workload.job(plan.size), child))

export interface Outcome {
  readonly runs: ReadonlyArray<Run>
  readonly failures: ReadonlyArray<Failure>
}

/** The number of rounds: fewer for memory, which varies little, and for the curves, which have many points. */
const roundsOf = ({ rounds, size }: Plan, { cold, group }: Workload): number =>
  cold && size === "quick" ? 1 : cold || group !== "table" ? Math.min(3, rounds) : rounds

type Note = (round: number) => Effect.Effect<void>

type Result = { readonly run: Run } | { readonly failure: Failure }

/** Runs the rounds, each in new processes. */
const freshRounds = (plan: Plan, workload: Workload, contenders: ReadonlyArray<Contender>, note: Note) =>
  Effect.forEach(
    Array.from({ length: roundsOf(plan, workload) }, (_, round) => round),
    round =>
      Effect.scoped(
        note(round).pipe(
          Effect.zipRight(assemble(workload, contenders)),
          Effect.flatMap(all => doRound(plan, workload, round, false, all))
        )
      )
  )

/** Runs all rounds in the same processes. A contender that failed is dropped, because its state is unknown. */
const keptRounds = (plan: Plan, workload: Workload, contenders: ReadonlyArray<Contender>, note: Note) =>
  Effect.scoped(
    Effect.gen(function* () {
      let all = yield* assemble(workload, contenders)
      const results: Array<ReadonlyArray<Result>> = []
      for (let round = 0; round < roundsOf(plan, workload); round++) {
        yield* note(round)
        const done = yield* doRound(plan, workload, round, round > 0, all)
        results.push(done)
        all = all.filter(({ contender }) =>
          done.some(result => "run" in result && result.run.contender === contender.name)
        )
      }
      return results
    })
  )

export const measure = (
  plan: Plan,
  workload: Workload,
  contenders: ReadonlyArray<Contender>
): Effect.Effect<Outcome> => {
  const note = (round: number) => plan.report(`${workload.name}, round ${round + 1} of ${roundsOf(plan, workload)}`)
  const rounds = plan.size === "quick" || workload.group !== "table" ? keptRounds : freshRounds
  return Effect.map(rounds(plan, workload, contenders, note), results => ({
    runs: results.flat().flatMap(result => ("run" in result ? [result.run] : [])),
    failures: results.flat().flatMap(result => ("failure" in result ? [result.failure] : []))
  }))
}
