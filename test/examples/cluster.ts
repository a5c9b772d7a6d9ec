/** A cluster of three members, each on its own host, with a check for two leaders, and a random partition. */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Fault from "effect-sockets/Fault"
import * as Latency from "effect-sockets/Latency"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as member from "../../examples/election/member.ts"

export class TwoLeaders extends Data.TaggedError("TwoLeaders")<{
  readonly term: number
  readonly leaders: readonly [string, string]
}> {
  override get message() {
    return `term ${this.term} has two leaders, ${this.leaders.join(" and ")}`
  }
}

const names = ["a", "b", "c"]

/** Runs the cluster for a second. Fails as soon as a term has two leaders. */
export const cluster = (isElected: member.Options["isElected"]) =>
  Effect.gen(function* () {
    const broken = yield* Deferred.make<never, TwoLeaders>()
    const leaders = new Map<number, string>()
    const onElected = (name: string, term: number) => {
      const other = leaders.get(term)
      leaders.set(term, name)
      return other === undefined ? Effect.void : Deferred.fail(broken, new TwoLeaders({ term, leaders: [other, name] }))
    }
    for (const name of names) {
      const peers = names.filter(other => other !== name).map(host => ({ host, port: 700 }))
      const running = member.program("[::]:700", { name, peers, isElected, onElected })
      yield* SimulatedNetwork.runOn(name, running)
    }
    yield* Effect.raceFirst(Effect.sleep("1 second"), Deferred.await(broken))
    return leaders
  })

/** Cuts one member off from the other two, at a random time, for less than 300 ms. */
export const partition = Effect.gen(function* () {
  const [cut = "a", ...others] = yield* Random.shuffle(names)
  yield* Effect.sleep(yield* Random.nextIntBetween(0, 800))
  for (const other of others) yield* Fault.partition(cut, other)
  yield* Effect.sleep(yield* Random.nextIntBetween(0, 300))
}).pipe(Effect.scoped)

export const options = { latency: Latency.uniform("1 millis", "5 millis"), strict: true }

export const cutOff = (isElected: member.Options["isElected"]) =>
  Effect.zipRight(Effect.forkScoped(partition), cluster(isElected))
