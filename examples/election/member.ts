/**
 * A member of a cluster that elects its leader, as in Raft. A member that has heard from no leader for a while becomes a
 * candidate for the next term. If it is elected, it tells the others regularly, until it hears of a later term.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import { Framing, type Listener, Network, Server, type Socket } from "effect-sockets"
import { answers, ask, type Question, questions } from "./messages.ts"
import { answer, initial, inTerm, standing } from "./state.ts"

export interface Options {
  readonly name: string
  readonly peers: ReadonlyArray<Network.Target>
  /** Returns true if `votes` of `answered` answers elect a candidate. */
  readonly isElected: (votes: number, answered: number) => boolean
  readonly onElected: (name: string, term: number) => Effect.Effect<void>
}

export const serve = (listener: Listener.Listener, { isElected, name, onElected, peers }: Options) =>
  Effect.gen(function* () {
    const state = yield* Ref.make(initial)
    const answering = (socket: Socket.Socket) =>
      Effect.gen(function* () {
        const question = yield* Framing.recv(socket, questions)
        if (Option.isNone(question)) return
        yield* Framing.send(socket, answers, yield* Ref.modify(state, answer(question.value)))
      })

    /** Asks all peers. Returns how many members answered, and how many with yes. This member counts in both. */
    const askAll = (kind: Question["kind"], term: number) =>
      Effect.gen(function* () {
        const asked = Effect.forEach(peers, peer => ask(peer, { kind, term, from: name }), { concurrency: "unbounded" })
        const given = (yield* asked).flatMap(Option.toArray)
        for (const answer of given) yield* Ref.update(state, inTerm(answer.term))
        return { answered: 1 + given.length, votes: 1 + given.filter(({ yes }) => yes).length }
      })

    const isStill = (term: number) => Effect.map(Ref.get(state), now => now.term === term)

    const stand = Effect.gen(function* () {
      const { term } = yield* Ref.updateAndGet(state, standing(name))
      const { answered, votes } = yield* askAll("vote", term)
      if (!isElected(votes, answered) || !(yield* isStill(term))) return
      yield* onElected(name, term)
      while (yield* isStill(term)) yield* Effect.delay(askAll("lead", term), "150 millis")
    })

    const following = Effect.gen(function* () {
      const { heard } = yield* Ref.get(state)
      yield* Effect.sleep(yield* Random.nextIntBetween(300, 600))
      if ((yield* Ref.get(state)).heard === heard) yield* stand
    })

    yield* Effect.raceFirst(Server.serve(listener, answering), Effect.forever(following))
  })

export const program = (address: Network.Target, options: Options) =>
  Effect.flatMap(Network.listen(address), listener => serve(listener, options))
