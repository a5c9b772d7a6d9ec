/**
 * `npx tsx examples/smtp/main.ts localhost:25 me@example.org you@example.org < mail.txt` sends a mail. The file has headers,
 * an empty line and a body.
 */
import * as fs from "node:fs"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as session from "./session.ts"

const [, , server = "localhost:25", from = "", ...to] = process.argv

Effect.sync(() => fs.readFileSync(0, "utf8")).pipe(
  Effect.flatMap(text => session.program(server, { from, to, text })),
  Effect.flatMap(Console.log),
  Effect.provide(NodeNetwork.layer),
  NodeRuntime.runMain
)
