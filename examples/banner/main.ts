/** `npx tsx examples/banner/main.ts localhost:22 localhost:25`: what they say first. Ask none but your own servers. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as banner from "./banner.ts"

const [, , ...servers] = process.argv

// As JSON: what others have written does not go to a terminal as it is.
banner.program(servers, { concurrency: 20, timeLimit: "2 seconds" }).pipe(
  Effect.flatMap(found => Effect.forEach(found, one => Console.log(JSON.stringify(one)))),
  Effect.provide(NodeNetwork.layer),
  NodeRuntime.runMain
)
