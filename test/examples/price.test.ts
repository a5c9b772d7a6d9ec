import { assert, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { Network, Server } from "effect-sockets"
import * as Fault from "effect-sockets/Fault"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as TestServer from "effect-sockets/TestServer"
import { priceOf } from "../../examples/price/client.ts"

const script = TestServer.layerScript([TestServer.expect("PRICE apple\n"), TestServer.send("125\n"), TestServer.close])

it.live("asks for the price", () =>
  Effect.gen(function* () {
    const { address, verify } = yield* TestServer.TestServer
    assert.strictEqual(yield* priceOf(address, "apple"), 125)
    yield* verify
  }).pipe(Effect.provide(Layer.provideMerge(script, NodeNetwork.layer)))
)

it.live("gives up on a silent shop", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const { address } = yield* TestServer.TestServer
      const error = yield* Effect.flip(priceOf(address, "apple"))
      assert.include(error.message, "timed out")
      // Four attempts of 2 seconds, with 100, 200 and 400 ms between them.
      assert.strictEqual(yield* Clock.currentTimeMillis, 8700)
    }).pipe(Effect.provide(TestServer.layerSilent()))
  )
)

const selling = Effect.flatMap(Network.listen("[::]:700"), listener =>
  Server.serve(listener, socket => Effect.zipRight(socket.recvLine(), socket.sendText("125\n")))
)

/** A shop on its own host, where everything costs 125. */
const shop = SimulatedNetwork.runOn("shop", selling)

it.live("takes four times the latency: one round trip to connect, and one to ask", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      yield* shop
      assert.strictEqual(yield* priceOf("shop:700", "apple"), 125)
      assert.strictEqual(yield* Clock.currentTimeMillis, 200)
    }),
    { latency: "50 millis" }
  )
)

it.live("retries while the connection is refused", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      yield* shop
      yield* Fault.failNext("simulated", "connect", "Refused", 2)
      assert.strictEqual(yield* priceOf("shop:700", "apple"), 125)
    }),
    { latency: "50 millis" }
  )
)

it.live("gets its price from a shop that crashes before it answers", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      yield* shop
      const outage = Effect.scoped(Effect.zipRight(Fault.crash("shop"), Effect.sleep("3 seconds")))
      yield* Effect.fork(Effect.delay(outage, "120 millis"))
      assert.strictEqual(yield* priceOf("shop:700", "apple"), 125)
      assert.include(yield* SimulatedNetwork.trace, "120 fault crash shop")
    }),
    { latency: "50 millis" }
  )
)

it.live("leaves nothing open", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      yield* Effect.scoped(Effect.zipRight(shop, priceOf("shop:700", "apple")))
      yield* Effect.sleep("1 second")
      yield* SimulatedNetwork.assertNoLeaks
    }),
    { latency: "50 millis" }
  )
)

it.live(
  "gets the right price or an error on a bad network",
  () =>
    SimulatedNetwork.seeds(
      200,
      Effect.gen(function* () {
        yield* shop
        const price = yield* Effect.either(priceOf("shop:700", "apple"))
        if (Either.isRight(price)) assert.strictEqual(price.right, 125)
      }),
      { profile: "awful" }
    ),
  60_000
)

it.live("does the same in a second run", () =>
  SimulatedNetwork.checkDeterminism(Effect.zipRight(shop, priceOf("shop:700", "apple")), { profile: "wan" })
)
