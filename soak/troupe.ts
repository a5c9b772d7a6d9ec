/** The hostile peers in their process, as a maker like those of the tests. */
import * as childProcess from "node:child_process"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { addressOf, type Maker, Said, targetOf } from "../test/hostile/makers.ts"
import type { Answer, Question } from "./protocol.ts"

const root = path.resolve(import.meta.dirname, "..")

/** Not in our group: what a terminal sends to end us is our own affair. */
const fork = () =>
  childProcess.fork(path.join(root, "soak", "peerProcess.ts"), {
    cwd: root,
    detached: true,
    execArgv: ["--import", "tsx"]
  })

const ended = (child: childProcess.ChildProcess) =>
  Effect.async<void>(resume => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resume(Effect.void)
    } else {
      child.once("exit", () => resume(Effect.void))
    }
  })

const leave = (child: childProcess.ChildProcess) =>
  Effect.suspend(() => {
    if (child.connected) child.disconnect()
    return ended(child)
  })

/** Its maker, and what happens if it ends before we do. */
export const troupe = (flood: number) =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(Effect.sync(fork), leave)
    const parts = new Map<number, Said>()
    let last = 0
    child.on("message", (answer: Answer) =>
      parts.get(answer.id)?.tell("said" in answer ? answer.said : `listening ${answer.port}`)
    )
    const ask = (question: Question) => void (child.connected && child.send(question, () => {}))
    const part = (question: (id: number) => Question): Effect.Effect<Said, never, Scope.Scope> =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => {
            const id = ++last
            const said = new Said()
            parts.set(id, said)
            ask(question(id))
            return { id, said }
          }),
          ({ id }) =>
            Effect.sync(() => {
              parts.delete(id)
              ask({ id, ask: "end" })
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
    const died = Effect.zipRight(ended(child), Effect.dieMessage("the process of the peers has ended"))
    return { maker, died }
  })
