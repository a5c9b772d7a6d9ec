/** `npx tsx examples/chat/main.ts server 8080`, and in other terminals `npx tsx examples/chat/main.ts client 8080`. */
import * as readline from "node:readline"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as client from "./client.ts"
import * as server from "./server.ts"

const [, , part, port = "8080"] = process.argv

const chatter = Effect.gen(function* () {
  const mine = yield* Queue.unbounded<string>()
  const keyboard = readline.createInterface({ input: process.stdin })
  yield* Effect.addFinalizer(() => Effect.sync(() => keyboard.close()))
  keyboard.on("line", line => Queue.unsafeOffer(mine, line))
  yield* client.program({ host: "localhost", port: Number(port) }, mine, Console.log)
})

const program = Effect.if(part === "server", {
  onTrue: () => server.program(`localhost:${port}`),
  onFalse: () => chatter
})

program.pipe(Effect.scoped, Effect.provide(NodeNetwork.layer), NodeRuntime.runMain)
