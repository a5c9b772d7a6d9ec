/** `npx tsx examples/banner/main.ts localhost:22 localhost:25` prints the first line of each. Use your own servers only. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as banner from "./banner.ts"

const [, , ...servers] = process.argv

// JSON escapes control characters: the text of a server must not control the terminal.
banner.program(servers, { concurrency: 20, timeLimit: "2 seconds" }).pipe(
  Effect.flatMap(found => Effect.forEach(found, one => Console.log(JSON.stringify(one)))),
  Effect.provide(NodeNetwork.layer),
  NodeRuntime.runMain
)
