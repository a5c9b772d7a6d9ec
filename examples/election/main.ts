/** `npx tsx examples/election/main.ts` runs three members on this machine. Each prints a line when it is elected. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import { byMajority } from "./elected.ts"
import * as member from "./member.ts"

const addresses = [7001, 7002, 7003].map(port => ({ host: "127.0.0.1", port }))

const members = addresses.map(address =>
  member.program(address, {
    name: `${address.port}`,
    peers: addresses.filter(other => other !== address),
    isElected: byMajority(addresses.length),
    onElected: (name, term) => Console.log(`${name} leads term ${term}`)
  })
)

Effect.all(members, { concurrency: "unbounded" }).pipe(
  Effect.scoped,
  Effect.provide(NodeNetwork.layer),
  NodeRuntime.runMain
)
