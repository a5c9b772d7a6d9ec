/** Partitions, which lose segments, and holds, which keep them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Fault from "../../src/Fault.ts"
import { faults, hosts, meet, now, receivedAt, simulated, there, whileCut } from "./between.ts"

describe("a partition", () => {
  it.live("loses segments, which are retransmitted after intervals that double, and arrive when it has ended", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* whileCut(
          Effect.gen(function* () {
            yield* client.sendText("hello")
            yield* Effect.sleep("1 second")
          })
        )
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 20 + 1400 + 10])
        assert.deepStrictEqual(yield* faults, [
          "20 fault partition a > b",
          "20 fault partition b > a",
          "20 #1 drop data a > b 5",
          "220 #1 retransmit data a > b 5",
          "220 #1 drop data a > b 5",
          "620 #1 retransmit data a > b 5",
          "620 #1 drop data a > b 5",
          "1020 heal partition a > b",
          "1020 heal partition b > a",
          "1420 #1 retransmit data a > b 5"
        ])
      })
    )
  )

  it.live("loses segments that are on their way when it begins, and the order is kept", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* client.sendText("one")
        yield* Effect.sleep(5)
        yield* client.sendText("two")
        yield* Effect.scoped(Effect.zipRight(Fault.partition("a", "b"), Effect.sleep(50)))
        yield* client.sendText("three")
        assert.deepStrictEqual(yield* receivedAt(server, 11), ["onetwothree", 25 + 200 + 10])
        assert.deepStrictEqual(
          (yield* faults).filter(line => line.includes("data")),
          ["25 #1 drop data a > b 3", "25 #1 drop data a > b 3", "225 #1 retransmit data a > b 3"]
        )
      })
    )
  )

  it.live("of one direction does not affect the other", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Fault.partition("b", "a", { oneWay: true })
        yield* client.sendText("there")
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["there", 30])
        yield* server.sendText("back")
        const back = yield* Effect.timeoutOption(client.recv(4), "1 minute")
        assert.isTrue(Option.isNone(back))
      })
    )
  )

  it.live("breaks the connection of a sender after 924.6 s, and not that of an idle peer", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Fault.partition("a", "b")
        const idle = yield* Effect.fork(server.recv(1))
        yield* client.sendText("hello")
        const error = yield* Effect.flip(client.recv(1))
        assert.strictEqual(yield* now, 924_620)
        assert.deepInclude(error, { _tag: "RecvError", reason: "TimedOut", by: "kernel" })
        assert.strictEqual(error.message, "recv 10.0.0.3:80: timed out (ETIMEDOUT)")
        const send = yield* Effect.flip(client.sendText("more"))
        assert.strictEqual(send.message, "send 10.0.0.3:80: timed out (ETIMEDOUT)")
        yield* Effect.sleep("1 day")
        assert.isTrue(Option.isNone(yield* Fiber.poll(idle)))
        const lines = yield* faults
        assert.strictEqual(lines.filter(line => line.includes("retransmit")).length, 15)
        assert.strictEqual(lines.at(-1), "924620 #1 give up data a > b 5")
      })
    )
  )

  it.live("breaks the connection of a sender whose acknowledgements are lost", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Fault.partition("b", "a", { oneWay: true })
        yield* client.sendText("hello")
        assert.strictEqual((yield* receivedAt(server, 5))[0], "hello")
        const error = yield* Effect.flip(client.recv(1))
        assert.deepInclude(error, { reason: "TimedOut", by: "kernel" })
      })
    )
  )

  it.live("is not noticed by an idle connection", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Effect.scoped(Effect.zipRight(Fault.partition("a", "b"), Effect.sleep("10 days")))
        yield* client.sendText("hello")
        assert.strictEqual((yield* receivedAt(server, 5))[0], "hello")
      })
    )
  )

  it.live("hangs a connect, which ends by our timeout, or by the system after 127 s", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        yield* b.listen(there)
        yield* Fault.partition("a", "b")
        const ours = yield* Effect.flip(a.connect(there))
        assert.deepInclude(ours, { reason: "TimedOut", by: "timeout" })
        assert.strictEqual(yield* now, 30_000)
        const kernel = yield* Effect.flip(a.connect(there, { timeout: Number.POSITIVE_INFINITY }))
        assert.deepInclude(kernel, { reason: "TimedOut", by: "kernel" })
        assert.strictEqual(kernel.message, "connect 10.0.0.3:80: timed out (ETIMEDOUT)")
        assert.strictEqual(yield* now, 30_000 + 127_000)
      })
    )
  )

  it.live("that ends early lets a connect succeed when it is retried", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        const listener = yield* b.listen(there)
        const connecting = yield* Effect.fork(a.connect(there))
        yield* Effect.scoped(Effect.zipRight(Fault.partition("a", "b"), Effect.sleep("2 seconds")))
        yield* Fiber.join(connecting)
        assert.strictEqual(yield* now, 3020)
        yield* (yield* listener.accept).close
      })
    )
  )

  it.live("loses a reset for good: the peer notices only when it sends after the partition", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* whileCut(
          Effect.gen(function* () {
            yield* server.abort
            assert.isTrue(Option.isNone(yield* Effect.timeoutOption(client.recv(1), "1 minute")))
          })
        )
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(client.recv(1), "1 minute")))
        yield* client.sendText("hello?")
        const error = yield* Effect.flip(client.recv(1))
        assert.strictEqual(error.message, "recv 10.0.0.3:80: connection reset by peer (ECONNRESET)")
      })
    )
  )

  it.live("that was made twice ends when both have ended", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        const long = yield* Effect.fork(
          Effect.scoped(Effect.zipRight(Fault.partition("a", "b"), Effect.sleep("10 seconds")))
        )
        yield* Effect.scoped(Effect.zipRight(Fault.partition("B", "A"), Effect.sleep("1 second")))
        yield* client.sendText("hello")
        yield* Fiber.join(long)
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 1020 + 12_600 + 10])
      })
    )
  )
})

describe("a hold", () => {
  it.live("keeps segments, also those on their way, until it ends, and loses none", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* client.sendText("one")
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.hold("a", "b")
            yield* client.sendText("two")
            yield* client.shutdownSend
            yield* Effect.sleep("1 day")
          })
        )
        assert.deepStrictEqual(yield* receivedAt(server, 6), ["onetwo", 86_400_000 + 30])
        assert.isTrue(Option.isNone(yield* server.recv(1)))
        assert.deepStrictEqual(yield* faults, [
          "20 fault hold a > b",
          "20 fault hold b > a",
          "86400020 heal hold a > b",
          "86400020 heal hold b > a"
        ])
      })
    )
  )

  it.live("keeps the order of bytes and a reset that follows them", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.hold("a", "b")
            yield* client.sendText("hello")
            yield* client.abort
          })
        )
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 30])
        assert.strictEqual((yield* Effect.flip(server.recv(1))).reason, "Reset")
      })
    )
  )

  it.live("holds a connect until our timeout passes, and nothing is left of the connect", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        const listener = yield* b.listen(there)
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.hold("a", "b")
            const exit = yield* Effect.exit(a.connect(there))
            assert.isTrue(Exit.isFailure(exit))
          })
        )
        yield* Effect.sleep("1 minute")
        assert.strictEqual((yield* listener.stats).queued, 0)
      })
    )
  )
})
