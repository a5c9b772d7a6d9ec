/** `npx tsx examples/rpc/main.ts server localhost:7000`, and then `npx tsx examples/rpc/main.ts client localhost:7000`. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as client from "./client.ts"
import * as server from "./server.ts"

const [, , part, address = "localhost:7000"] = process.argv

const methods = new Map<string, server.Method>([
  ["double", argument => Effect.succeed(Number(argument) * 2)],
  ["sleep", argument => Effect.delay(Effect.succeed(`slept ${argument}`), `${Number(argument)} millis`)]
])

/** The last call is answered first. */
const asking = Effect.gen(function* () {
  const { ask } = yield* client.program(address)
  const asked = [ask("sleep", 500), ask("sleep", 250), ask("double", 21)]
  yield* Effect.forEach(asked, answer => Effect.flatMap(answer, Console.log), { concurrency: "unbounded" })
})

const program = Effect.if(part === "server", {
  onTrue: () => server.program(address, methods),
  onFalse: () => asking
})

program.pipe(Effect.scoped, Effect.provide(NodeNetwork.layer), NodeRuntime.runMain)
