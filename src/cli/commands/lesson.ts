/**
 * The lesson in one process: its server as a layer on a free port of the loopback, and its client.
 */
import * as Effect from "effect/Effect"
import * as Client from "../../Client.ts"
import * as TestServer from "../../TestServer.ts"
import { Output } from "../kit/output.ts"

/** The greeting of the lesson. */
export const greeting = "Connection Established"

/** Connects, receives, closes and prints, as the lesson does; then the server goes too. */
export const lesson = Effect.gen(function* () {
  const { address } = yield* TestServer.TestServer
  const message = yield* Client.receiveOnce(address)
  const output = yield* Output
  yield* output.print(`${message}\n`)
}).pipe(Effect.provide(TestServer.layerGreeting(greeting)))
