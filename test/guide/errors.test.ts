/** The code of docs/guide/errors.md. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Fault from "../../src/Fault.ts"
import { Network, SocketError } from "../../src/index.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as TestServer from "../../src/TestServer.ts"

// #region tags
const ask = (server: Network.Target) =>
  Network.withConnection(server, socket => Effect.zipRight(socket.sendText("time\n"), socket.recvLine())).pipe(
    Effect.catchTags({
      ConnectError: error => Effect.succeed(`no server: ${error.reason}`),
      RecvError: error => Effect.succeed(`no answer: ${error.reason}`)
    })
  )
// #endregion

// #region retry
const patient = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.retry(effect, {
    while: SocketError.isRetryable,
    schedule: Schedule.jittered(Schedule.exponential("100 millis")),
    times: 5
  })
// #endregion

it.live("catches by tag", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      assert.strictEqual(yield* ask("127.0.0.1:9"), "no server: Refused")
    })
  )
)

it.live("retries what a later attempt may change", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const { address } = yield* TestServer.TestServer
      yield* Fault.failNext("simulated", "connect", "Refused", 2)
      const line = yield* patient(Network.withConnection(address, socket => socket.recvText(5)))
      assert.strictEqual(line._tag, "Some")
      assert.strictEqual((yield* Effect.flip(patient(Network.connect("127.0.0.1:0"))))._tag, "AddressError")
    }).pipe(Effect.provide(TestServer.layerGreeting("hello")))
  )
)
