/** The example `rpc`, with several calls under way on one connection. */
import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Network from "effect-sockets/Network"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as SocketAddress from "effect-sockets/SocketAddress"
import * as client from "../../examples/rpc/client.ts"
import * as server from "../../examples/rpc/server.ts"
import { onBoth, twice } from "./onBoth.ts"

/** Starts a server and a client. The method `wait` waits for `release`; `begun` completes when it has been called. */
const meeting = Effect.gen(function* () {
  const begun = yield* Deferred.make<void>()
  const released = yield* Deferred.make<string>()
  const methods = new Map<string, server.Method>([
    ["double", argument => Effect.succeed(Number(argument) * 2)],
    ["wait", () => Effect.zipRight(Deferred.succeed(begun, undefined), Deferred.await(released))]
  ])
  const listener = yield* Network.listen(SocketAddress.unsafeInet("127.0.0.1", 0))
  const running = yield* Effect.forkScoped(server.serve(listener, methods))
  const { ask } = yield* client.program(listener.address)
  return { ask, begun: Deferred.await(begun), release: Deferred.succeed(released, "at last"), running }
})

onBoth(
  "a fast answer overtakes a slow one, and each call gets its own answer",
  Effect.gen(function* () {
    const { ask, begun, release } = yield* meeting
    const slow = yield* Effect.fork(ask("wait", null))
    yield* begun
    const doubled = yield* Effect.forEach([1, 2, 3], n => ask("double", n), { concurrency: "unbounded" })
    assert.deepStrictEqual(doubled, [2, 4, 6])
    yield* release
    assert.strictEqual(yield* Fiber.join(slow), "at last")
  })
)

onBoth(
  "the caller receives the error of a method, and the connection stays usable",
  Effect.gen(function* () {
    const { ask } = yield* meeting
    const failed = yield* Effect.flip(ask("triple", 1))
    assert.deepStrictEqual([failed._tag, failed.message], ["Failed", "unknown method triple"])
    assert.strictEqual(yield* ask("double", 1), 2)
  })
)

onBoth(
  "an interrupted call does not disturb other calls",
  Effect.gen(function* () {
    const { ask, begun, release } = yield* meeting
    const slow = yield* Effect.fork(ask("wait", null))
    yield* begun
    yield* Fiber.interrupt(slow)
    yield* release
    assert.strictEqual(yield* ask("double", 1), 2)
  })
)

onBoth(
  "if the server goes away, waiting calls and later calls fail with Lost",
  Effect.gen(function* () {
    const { ask, begun, running } = yield* meeting
    const slow = yield* Effect.fork(Effect.flip(ask("wait", null)))
    yield* begun
    yield* Fiber.interrupt(running)
    assert.strictEqual((yield* Fiber.join(slow))._tag, "Lost")
    assert.strictEqual((yield* Effect.flip(ask("double", 1)))._tag, "Lost")
  })
)

it.live("a hundred calls at once take one round trip and the work of 16 at a time", () =>
  twice(
    Effect.gen(function* () {
      const methods = new Map<string, server.Method>([["work", n => Effect.delay(Effect.succeed(n), "100 millis")]])
      yield* Effect.asVoid(SimulatedNetwork.runOn("server", server.program("[::]:700", methods)))
      const { ask } = yield* client.program("server:700")
      const numbers = Array.from({ length: 100 }, (_, n) => n)
      const [took, answers] = yield* Effect.timed(Effect.forEach(numbers, n => ask("work", n), { concurrency: 100 }))
      assert.deepStrictEqual(answers, numbers)
      assert.include(`${took}`, "720")
    })
  )
)
