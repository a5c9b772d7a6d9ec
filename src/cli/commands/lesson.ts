/**
 * The lesson, which the program runs when no command is given. It is a server and a client in one process. The server
 * sends a text, and the client prints it.
 */
import * as Effect from "effect/Effect"
import * as Client from "../../Client.ts"
import * as TestServer from "../../TestServer.ts"
import { Output } from "../kit/output.ts"

/** The text that the server of the lesson sends. */
export const greeting = "Connection Established"

/** Starts the server, connects, receives, closes the connection, prints the text, and stops the server. */
export const lesson = Effect.gen(function* () {
  const { address } = yield* TestServer.TestServer
  const message = yield* Client.receiveOnce(address)
  const output = yield* Output
  yield* output.print(`${message}\n`)
}).pipe(Effect.provide(TestServer.layerGreeting(greeting)))
