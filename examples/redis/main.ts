/**
 * `npx tsx examples/redis/main.ts localhost:6379 "SET apple 125" "INCR apple" "GET apple"` prints a reply to each. With
 * `--tls`, it connects over TLS.
 */
import { parseArgs } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as NodeTls from "effect-sockets/NodeTls"
import * as client from "./client.ts"
import { Refused, type Reply } from "./reply.ts"

const { positionals, values } = parseArgs({ allowPositionals: true, options: { tls: { type: "boolean" } } })
const [server = "localhost:6379", ...words] = positionals
const commands = words.map(command => command.split(" "))

const shown = (reply: Reply): string => {
  if (reply instanceof Refused) return `(error) ${reply.message}`
  if (reply instanceof Uint8Array) return JSON.stringify(new TextDecoder().decode(reply))
  return typeof reply === "object" && reply !== null ? `[${reply.map(shown).join(", ")}]` : `${reply}`
}

const replies = Effect.suspend(() =>
  values.tls === true ? client.programTls(server, commands) : client.program(server, commands)
)

replies.pipe(
  Effect.flatMap(replies => Effect.forEach(replies, reply => Console.log(shown(reply)))),
  Effect.provide(NodeTls.layer),
  Effect.provide(NodeNetwork.layer),
  NodeRuntime.runMain
)
