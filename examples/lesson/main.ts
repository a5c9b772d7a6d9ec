/**
 * Run `npx tsx examples/lesson/main.ts server localhost:8080`, and then, in another terminal,
 * `npx tsx examples/lesson/main.ts client localhost:8080`.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as client from "./client.ts"
import * as server from "./server.ts"

const [, , part, address] = process.argv

/** Default address: port 808 of this machine, as in the lesson. Listening on this port may require privileges. */
const program = Effect.if(part === "server", {
  onTrue: () => (address === undefined ? server.atHome : server.program(address)),
  onFalse: () => Effect.flatMap(address === undefined ? client.atHome : client.program(address), Console.log)
})

program.pipe(Effect.scoped, Effect.provide(NodeNetwork.layer), NodeRuntime.runMain)
