/** The code of docs/guide/timeouts.md. */
import { assert, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Network, Socket } from "../../src/index.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as TestServer from "../../src/TestServer.ts"

// #region connect
const client = (server: Network.Target) =>
  Network.withConnection(server, socket => socket.recvLine(), {
    timeout: "5 seconds", // to connect, with the lookup of the name
    timeouts: {
      recvTimeout: "10 seconds", // without a byte
      messageTimeout: "1 minute", // for one receive as a whole
      sendTimeout: "10 seconds" // without progress
    }
  })
// #endregion

// #region phases
const conversation = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    // A shorter timeout for the greeting. Both names are of the same connection.
    const quick = Socket.withTimeouts(socket, { recvTimeout: "1 second" })
    const hello = yield* quick.recvLine()
    const rest = yield* socket.recvAll()
    return { hello, rest }
  })
// #endregion

it.live("a silent server", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const { address } = yield* TestServer.TestServer
      const error = yield* Effect.flip(client(address))
      assert.deepInclude(error, { _tag: "RecvError", reason: "TimedOut", by: "recvTimeout" })
      assert.strictEqual(yield* Clock.currentTimeMillis, 10_000)
      const late = yield* Effect.flip(Network.withConnection(address, conversation))
      assert.deepInclude(late, { _tag: "RecvError", by: "recvTimeout" })
      assert.strictEqual(yield* Clock.currentTimeMillis, 11_000)
    }).pipe(Effect.provide(TestServer.layerSilent()))
  )
)
