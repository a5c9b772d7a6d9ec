/**
 * The lesson in one process: a server on a free port of the loopback, and a client.
 */
import * as Effect from "effect/Effect"
import * as Client from "../../Client.ts"
import * as TestServer from "../../TestServer.ts"
import { Output } from "../kit/output.ts"

/** What the server of the lesson sends. */
export const greeting = "Connection Established"

/** Starts the server, connects, receives, closes and prints. Then the server closes. */
export const lesson = Effect.gen(function* () {
  const { address } = yield* TestServer.TestServer
  const message = yield* Client.receiveOnce(address)
  const output = yield* Output
  yield* output.print(`${message}\n`)
}).pipe(Effect.provide(TestServer.layerGreeting(greeting)))
