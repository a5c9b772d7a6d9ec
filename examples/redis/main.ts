/** `npx tsx examples/redis/main.ts localhost:6379 "SET apple 125" "INCR apple" "GET apple"` prints a reply to each. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as client from "./client.ts"
import { Refused, type Reply } from "./reply.ts"

const [, , server = "localhost:6379", ...commands] = process.argv

const shown = (reply: Reply): string => {
  if (reply instanceof Refused) return `(error) ${reply.message}`
  if (reply instanceof Uint8Array) return JSON.stringify(new TextDecoder().decode(reply))
  return typeof reply === "object" && reply !== null ? `[${reply.map(shown).join(", ")}]` : `${reply}`
}

client
  .program(
    server,
    commands.map(command => command.split(" "))
  )
  .pipe(
    Effect.flatMap(replies => Effect.forEach(replies, reply => Console.log(shown(reply)))),
    Effect.provide(NodeNetwork.layer),
    NodeRuntime.runMain
  )
