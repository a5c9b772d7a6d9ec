/**
 * `npx tsx examples/reload/main.ts localhost:8443 cert.pem key.pem` answers each line in capitals over TLS. It reads the
 * files again every minute and on SIGHUP: `kill -HUP PID`.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as NodeTls from "effect-sockets/NodeTls"
import * as server from "./server.ts"

const [, , address = "localhost:8443", certificate = "cert.pem", key = "key.pem"] = process.argv

Effect.gen(function* () {
  const signals = yield* Queue.sliding<string>(1)
  process.on("SIGHUP", signal => signals.unsafeOffer(signal))
  const when = Stream.merge(Stream.fromQueue(signals), Stream.fromSchedule(Schedule.spaced("1 minute")))
  yield* server.program(address, { certificate, key }, when)
  return yield* Effect.never
}).pipe(Effect.scoped, Effect.provide([NodeTls.layer, NodeNetwork.layer, NodeFileSystem.layer]), NodeRuntime.runMain)
