/**
 * `npx tsx examples/pool/main.ts localhost:8080` sends 20 lines at once over 3 connections. The server must answer each line
 * with a line.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as pool from "./pool.ts"

const [, , server = "localhost:8080"] = process.argv

const program = Effect.gen(function* () {
  const { use } = yield* pool.program(server, 3)
  const lines = Array.from({ length: 20 }, (_, n) => `this is line ${n}`)
  yield* Effect.forEach(lines, line => Effect.flatMap(use(pool.ask(line)), Console.log), { concurrency: "unbounded" })
})

program.pipe(Effect.scoped, Effect.provide(NodeNetwork.layer), NodeRuntime.runMain)
