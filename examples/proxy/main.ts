/** `npx tsx examples/proxy/main.ts localhost:8081 example.org:80` listens on the first address, forwards to the second. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as proxy from "./proxy.ts"

const [, , address = "localhost:8081", target = "localhost:8080"] = process.argv

proxy.program(address, target).pipe(Effect.scoped, Effect.provide(NodeNetwork.layer), NodeRuntime.runMain)
