/** From a target to a connection, over drivers that do as they like. */
import { assert, it } from "@effect/vitest"
import type * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import type { Driver } from "../../src/internal/driver.ts"
import * as Network from "../../src/Network.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { ConnectError } from "../../src/SocketError.ts"

const network = (hosts: Arr.NonEmptyReadonlyArray<string>, dial: Driver["dial"]) =>
  Network.make({
    hostname: Effect.succeed("here"),
    resolve: () => Effect.succeed(hosts),
    dial,
    listen: () => Effect.never
  })

/** A driver that says no more than it must. */
const refuse: Driver["dial"] = address =>
  Effect.delay(Effect.fail(new ConnectError({ reason: "Refused", address, attempts: [] })), "10 millis")

it.scoped(
  "each address is tried once, however often and however it is written, and every attempt is in the error",
  () =>
    Effect.gen(function* () {
      const { connect } = network(["192.0.2.1", "192.0.2.1", "::1", "0:0:0:0:0:0:0:1", "no address"], refuse)
      const target = yield* SocketAddress.hostPort("both.test", 80)
      const fiber = yield* Effect.fork(Effect.flip(connect(target)))
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(fiber)
      const attempts = error._tag === "ConnectError" ? error.attempts : []
      assert.deepStrictEqual(
        attempts.map(({ address, elapsed, reason }) => `${address} ${reason} ${Duration.toMillis(elapsed)}`),
        ["[::1]:80 Refused 10", "192.0.2.1:80 Refused 10"]
      )
    })
)

for (const host of ["192.0.2.1", "silent.test"]) {
  it.scoped(`the limit holds in a region that cannot be interrupted too: ${host}`, () =>
    Effect.gen(function* () {
      const { connect } = network(["192.0.2.1"], () => Effect.never)
      const target = yield* SocketAddress.hostPort(host, 80)
      const fiber = yield* Effect.fork(Effect.uninterruptible(Effect.flip(connect(target, { timeout: "1 second" }))))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).message.split(";")[0], `connect ${host}:80: timed out after 1s`)
    })
  )
}
