/** The records of a test server that has very many connections. */
import { assert, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { textOf } from "../../src/internal/conformance/kit/bytes.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as TestServer from "../../src/TestServer.ts"

const echo = Effect.map(Layer.build(TestServer.layerEcho()), context => Context.get(context, TestServer.TestServer))

const simulated = <A, E>(program: Effect.Effect<A, E, Network.Network | SimulatedNetwork.SimulatedNetwork>) =>
  SimulatedNetwork.run(program, { strict: true })

it.live("a test server keeps the records of the 1,000 connections that ended last, and counts of the others", () =>
  simulated(
    Effect.scoped(
      Effect.gen(function* () {
        const { address, awaitEnd, connections, dropped } = yield* echo
        assert.deepStrictEqual(yield* dropped, {
          connections: 0,
          bytesReceived: 0,
          ends: { End: 0, Reset: 0, Closed: 0, Aborted: 0 }
        })
        for (let n = 0; n < 1010; n++) {
          yield* Network.withConnection(address, socket =>
            Effect.zipRight(socket.sendText("four"), n === 3 ? socket.abort : socket.close)
          )
          yield* awaitEnd(n)
        }
        const kept = yield* connections
        assert.strictEqual(kept.length, 1000)
        assert.deepStrictEqual(new Set(kept.map(({ received }) => textOf(received))), new Set(["four"]))
        const { bytesReceived, ...rest } = yield* dropped
        assert.deepStrictEqual(rest, { connections: 10, ends: { End: 9, Reset: 1, Closed: 0, Aborted: 0 } })
        assert.strictEqual(bytesReceived, 40)
      })
    )
  )
)

it.live("a test server keeps the record of a connection that is open, however many have ended since", () =>
  simulated(
    Effect.scoped(
      Effect.gen(function* () {
        const { address, awaitBytes, awaitEnd, connections } = yield* echo
        const first = yield* Network.connect(address)
        yield* first.sendText("first")
        yield* awaitBytes(0, 5)
        for (let n = 1; n <= 1001; n++) {
          yield* Network.withConnection(address, socket => socket.sendText(`${n}`))
          yield* awaitEnd(n)
        }
        assert.strictEqual((yield* connections).length, 1001)
        assert.deepStrictEqual(
          (yield* connections).slice(0, 2).map(({ received }) => textOf(received)),
          ["first", "2"]
        )
        yield* first.close
        assert.strictEqual((yield* awaitEnd(0)).bytesReceived, 5)
      })
    )
  )
)

it.live("to wait for a connection whose record was dropped is a defect that says so, and not a wait without end", () =>
  simulated(
    Effect.scoped(
      Effect.gen(function* () {
        const { address, awaitBytes, awaitEnd } = yield* echo
        for (let n = 0; n < 1001; n++) {
          yield* Network.withConnection(address, () => Effect.void)
          yield* awaitEnd(n)
        }
        for (const waiting of [awaitEnd(0), awaitBytes(0, 1)]) {
          const exit = yield* Effect.exit(waiting)
          assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "the record of connection 0 was dropped")
        }
        assert.strictEqual((yield* awaitEnd(1)).end, "End")
      })
    )
  )
)
