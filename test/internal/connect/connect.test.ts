/** Connecting, over drivers that are made for one test each. */

import { assert, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import type { Driver } from "../../../src/internal/connect/driver.ts"
import * as Network from "../../../src/Network.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import { ConnectError } from "../../../src/SocketError.ts"
import { dialing, resolvesTo } from "../../fixtures/resolving.ts"

/** Refuses every connection. Its error has no attempts. */
const refuse: Driver["dial"] = address =>
  Effect.delay(Effect.fail(new ConnectError({ reason: "Refused", address, attempts: [] })), "10 millis")

it.scoped("each address of a name is tried once, even if the lookup repeats it, and the error has every attempt", () =>
  Effect.gen(function* () {
    const { connect } = dialing(["192.0.2.1", "192.0.2.1", "::1", "0:0:0:0:0:0:0:1"], refuse)
    const target = yield* SocketAddress.hostPort("both.test", 80)
    const fiber = yield* Effect.fork(Effect.flip(connect(target)))
    yield* TestClock.adjust("1 second")
    const error = yield* Fiber.join(fiber)
    const attempts = error._tag === "ConnectError" ? error.attempts : []
    assert.deepStrictEqual(
      attempts.map(({ address, elapsed, outcome: reason }) => `${address} ${reason} ${Duration.toMillis(elapsed)}`),
      ["[::1]:80 Refused 10", "192.0.2.1:80 Refused 10"]
    )
  })
)

for (const host of ["192.0.2.1", "silent.test"]) {
  it.scoped(`the timeout applies in an uninterruptible region too: ${host}`, () =>
    Effect.gen(function* () {
      const { connect } = dialing(["192.0.2.1"], () => Effect.never)
      const target = yield* SocketAddress.hostPort(host, 80)
      const fiber = yield* Effect.fork(Effect.uninterruptible(Effect.flip(connect(target, { timeout: "1 second" }))))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).message.split(";")[0], `connect ${host}:80: timed out after 1s`)
    })
  )
}

it.scopedLive("with Effect's default tracer, the trace of a failure contains the span", () =>
  Effect.gen(function* () {
    const { connect } = dialing(["192.0.2.1"], refuse)
    const exit = yield* Effect.exit(connect(SocketAddress.unsafeInet("192.0.2.1", 80)))
    assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "at Network.connect")
  })
)

it.scopedLive("with the live Clock, dialWithin receives the timeout of a connect to an address", () =>
  Effect.gen(function* () {
    const limits: Array<number> = []
    const { connect } = Network.make({
      hostname: Effect.succeed("here"),
      resolve: resolvesTo(["192.0.2.1"]),
      dial: (address, options, own) =>
        Effect.zipRight(
          Effect.sync(() => limits.push(0)),
          refuse(address, options, own)
        ),
      dialWithin: (address, options, own, limit) =>
        Effect.zipRight(
          Effect.sync(() => limits.push(limit)),
          refuse(address, options, own)
        ),
      listen: () => Effect.never
    })
    const address = SocketAddress.unsafeInet("192.0.2.1", 80)
    yield* Effect.flip(connect(address))
    yield* Effect.flip(connect(address, { timeout: "2 seconds" }))
    yield* Effect.flip(connect(address, { timeout: Number.POSITIVE_INFINITY }))
    yield* Effect.flip(connect(yield* SocketAddress.hostPort("name.test", 80)))
    assert.deepStrictEqual(limits, [30_000, 2000, 0, 0])
  })
)
