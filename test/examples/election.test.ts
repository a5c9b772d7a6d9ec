/** The election of `examples`, and a wrong rule for it that only a partition shows. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Latency from "effect-sockets/Latency"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import { byMajority, byThoseWhoAnswer } from "../../examples/election/elected.ts"
import { cluster, partition, TwoLeaders } from "./cluster.ts"

const options = { latency: Latency.uniform("1 millis", "5 millis"), strict: true }

/** With a partition beside it. */
const cut = (isElected: (votes: number, answered: number) => boolean) =>
  Effect.zipRight(Effect.forkScoped(partition), cluster(isElected))

describe("an election", () => {
  it.live("by a majority has a leader at most for each term, whoever is cut off: 200 seeds", () =>
    SimulatedNetwork.seeds(200, cut(byMajority(3)), options)
  )

  it.live("by those who answer is as good while all of them do: 200 seeds", () =>
    SimulatedNetwork.seeds(200, cluster(byThoseWhoAnswer), options)
  )

  it.live("by those who answer has two leaders of a term when somebody is cut off: found in 1,000 seeds", () =>
    Effect.gen(function* () {
      const found = yield* Effect.flip(SimulatedNetwork.seeds(1000, cut(byThoseWhoAnswer), options))
      assert.strictEqual(found.explored, 1000)
      const { cause, seed } = found.shortest
      assert.instanceOf(Cause.squash(cause), TwoLeaders)
      const replay = SimulatedNetwork.checkDeterminism(cut(byThoseWhoAnswer), { ...options, seed })
      const replayed = yield* Effect.flip(Logger.withMinimumLogLevel(replay, LogLevel.None))
      assert.deepStrictEqual(replayed, Cause.squash(cause))
    })
  )

  it.live("ends with one leader, and does the same when it is run again", () =>
    Effect.gen(function* () {
      const leaders = yield* SimulatedNetwork.checkDeterminism(cluster(byMajority(3)), options)
      assert.strictEqual(leaders.size, 1)
      yield* SimulatedNetwork.checkDeterminism(cut(byMajority(3)), options)
    })
  )
})
