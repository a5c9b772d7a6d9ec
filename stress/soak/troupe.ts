/** The hostile peers in a process of their own, as a `Maker` like those of the tests. */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { addressOf, type Maker, Said, targetOf } from "../../test/hostile/makers.ts"
import { start } from "../child.ts"
import type { Answer, Question } from "./protocol.ts"

/** Starts the process of the peers. Returns its maker, and `died`, which dies if the process ends early. */
export const troupe = (flood: number) =>
  Effect.gen(function* () {
    // Ctrl-C in a terminal must not end this process directly: it must first end its peers.
    const child = yield* start(path.join(import.meta.dirname, "peerProcess.ts"), { detached: true })
    const parts = new Map<number, Said>()
    let last = 0
    yield* child.messages(message => {
      const answer = message as Answer
      parts.get(answer.id)?.tell("said" in answer ? answer.said : `listening ${answer.port}`)
    })
    const ask = (question: Question) => child.send(question)
    const part = (question: (id: number) => Question): Effect.Effect<Said, never, Scope.Scope> =>
      Effect.map(
        Effect.acquireRelease(
          Effect.suspend(() => {
            const id = ++last
            const said = new Said()
            parts.set(id, said)
            return Effect.as(ask(question(id)), { id, said })
          }),
          ({ id }) =>
            Effect.suspend(() => {
              parts.delete(id)
              return ask({ id, ask: "end" })
            })
        ),
        ({ said }) => said
      )
    const maker: Maker = {
      name: "another process",
      makes: () => true,
      serve: (peer, path) =>
        Effect.gen(function* () {
          const where = path === undefined ? { host: "127.0.0.1", port: 0 } : { path }
          const said = yield* part(id => ({ id, ask: "serve", peer, flood, where }))
          const port = yield* said.heard(/^listening (\d+)$/)
          return { address: addressOf(path, Number(port[1])), told: said.told }
        }),
      visit: (peer, target) =>
        Effect.map(
          part(id => ({ id, ask: "visit", peer, flood, target: targetOf(target) })),
          said => ({ told: said.told })
        )
    }
    return { maker, died: Effect.orDie(child.died) }
  })
