/**
 * `npx tsx examples/smtp/main.ts localhost:25 me@example.org you@example.org < mail.txt` sends a mail. The file has headers,
 * an empty line and a body. With `--starttls required`, the mail is sent only over TLS. With `--starttls offered`, it is
 * sent over TLS if the server offers it.
 */
import * as fs from "node:fs"
import { parseArgs } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { SocketAddress } from "effect-sockets"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as NodeTls from "effect-sockets/NodeTls"
import * as session from "./session.ts"
import { starttls } from "./starttls.ts"

const { positionals, values } = parseArgs({ allowPositionals: true, options: { starttls: { type: "string" } } })
const [server = "localhost:25", from = "", ...to] = positionals

Effect.gen(function* () {
  const mail = { from, to, text: fs.readFileSync(0, "utf8") }
  const when = values.starttls
  if (when === undefined) return yield* session.program(server, mail)
  if (when !== "required" && when !== "offered") return yield* Effect.fail("write: --starttls required (or: offered)")
  const address = yield* SocketAddress.parse(server)
  const name = address._tag === "Unix" ? "localhost" : address.host
  return yield* session.program(server, mail, starttls({ when, name }))
}).pipe(
  Effect.flatMap(Console.log),
  Effect.provide(NodeTls.layer),
  Effect.provide(NodeNetwork.layer),
  NodeRuntime.runMain
)
