/** Which addresses of a name are tried, and how `onAttempt` reports them. */

import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import type { Driver } from "../../../src/internal/connect/driver.ts"
import * as Network from "../../../src/Network.ts"
import * as SimulatedNetwork from "../../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import { type ConnectAttempt, ConnectError } from "../../../src/SocketError.ts"
import { dialing, resolvesTo } from "../../fixtures/resolving.ts"

const hosts = ["2001:db8::a", "192.0.2.1", "192.0.2.2"] as const

/** The first IPv4 address refuses. The others never answer. */
const dial: Driver["dial"] = address =>
  address._tag === "Inet" && address.host === "192.0.2.1"
    ? Effect.delay(Effect.fail(new ConnectError({ reason: "Refused", address, attempts: [] })), "10 millis")
    : Effect.never

const attempted = (options: Network.ConnectOptions, target = SocketAddress.hostPort("both.test", 80)) =>
  Effect.gen(function* () {
    const log: Array<string> = []
    const onAttempt = ({ address, elapsed, outcome }: ConnectAttempt) =>
      Effect.sync(() => log.push(`${SocketAddress.format(address)} ${outcome} ${Duration.toMillis(elapsed)}`))
    const { connect } = dialing(hosts, dial)
    const fiber = yield* Effect.fork(
      Effect.flip(
        connect(yield* target, { timeout: "1 second", ...options, onAttempt: a => Effect.asVoid(onAttempt(a)) })
      )
    )
    yield* TestClock.adjust("1 second")
    yield* Fiber.join(fiber)
    return log
  })

describe("onAttempt", () => {
  it.scoped("is called for every address, when its outcome is known", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* attempted({})).sort(), [
        "192.0.2.1:80 Refused 10",
        "192.0.2.2:80 Abandoned 740",
        "[2001:db8::a]:80 Abandoned 1000"
      ])
    })
  )

  it.scoped("is called for a target that is an address and not a name", () =>
    Effect.gen(function* () {
      const target = SocketAddress.inet("192.0.2.1", 80)
      assert.deepStrictEqual(yield* attempted({}, target), ["192.0.2.1:80 Refused 10"])
    })
  )

  it.live("is called for the address that connected, before connect returns", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const log: Array<string> = []
        yield* Network.listen("127.0.0.1:80")
        const onAttempt = ({ outcome }: ConnectAttempt) => Effect.sync(() => void log.push(outcome))
        yield* Network.connect("127.0.0.1:80", { onAttempt })
        assert.deepStrictEqual(log, ["Connected"])
      })
    )
  )
})

describe("family", () => {
  it.scoped("restricts the addresses of a name that are tried", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* attempted({ family: "IPv6" }), ["[2001:db8::a]:80 Abandoned 1000"])
      assert.deepStrictEqual(yield* attempted({ family: "IPv4" }), [
        "192.0.2.1:80 Refused 10",
        "192.0.2.2:80 Abandoned 990"
      ])
    })
  )

  it.scoped("a name without an address of the family fails with NoData", () =>
    Effect.gen(function* () {
      const { connect } = dialing(["192.0.2.1"], dial)
      const error = yield* Effect.flip(connect(yield* SocketAddress.hostPort("four.test", 80), { family: "IPv6" }))
      assert.deepInclude(error, { _tag: "ResolveError", reason: "NoData" })
    })
  )

  it.scoped("listen binds the first address of the family", () =>
    Effect.gen(function* () {
      const bound: Array<string> = []
      const { listen } = Network.make({
        hostname: Effect.succeed("here"),
        resolve: resolvesTo(hosts),
        dial,
        listen: address => {
          bound.push(SocketAddress.format(address))
          return Effect.never
        }
      })
      const target = yield* SocketAddress.hostPort("both.test", 80)
      for (const family of ["IPv4", "IPv6"] as const) {
        assert.isTrue(
          Option.isNone(
            yield* Effect.timeoutOption(listen(target, { family }), 0).pipe(
              Effect.fork,
              Effect.tap(() => TestClock.adjust(1)),
              Effect.flatMap(Fiber.join)
            )
          )
        )
      }
      assert.deepStrictEqual(bound, ["192.0.2.1:80", "[2001:db8::a]:80"])
    })
  )
})
