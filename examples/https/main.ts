/** `npx tsx examples/https/main.ts https://example.org/` prints the head to stderr and the body to stdout. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as NodeTls from "effect-sockets/NodeTls"
import * as get from "./get.ts"

const url = new URL(process.argv[2] ?? "https://localhost:8443/")

const write = (piece: Uint8Array) =>
  Effect.async<void, Error>(resume => {
    process.stdout.write(piece, error => resume(error ? Effect.fail(error) : Effect.void))
  })

get.program(url, write).pipe(
  Effect.flatMap(({ headers, reason, status, tls }) =>
    Console.error(
      [
        `TLS ${tls.version}, ${tls.cipher}`,
        `${status} ${reason}`,
        ...[...headers].map(([name, value]) => `${name}: ${value}`)
      ].join("\n")
    )
  ),
  Effect.provide(NodeTls.layer),
  Effect.provide(NodeNetwork.layer),
  NodeRuntime.runMain
)
