/** Timeouts of receives and sends: exact to the millisecond in virtual time, and by a TestClock. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { decodeTimeouts, SocketTimeouts } from "../../../src/internal/waiting/timeouts.ts"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as SimulatedNetwork from "../../../src/SimulatedNetwork.ts"
import * as Socket from "../../../src/Socket.ts"
import type { RecvError, SendError } from "../../../src/SocketError.ts"

/** Runs a program in virtual time. */
const simulated = <A, E>(program: Effect.Effect<A, E, Network.Network | Scope.Scope>) =>
  SimulatedNetwork.run(program, { strict: true })

/** Returns which timeout the effect failed by, and after how many milliseconds. */
const timedOut = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    const error = (yield* Effect.flip(effect)) as unknown as RecvError | SendError
    assert.strictEqual(error.reason, "TimedOut")
    return [error.by, (yield* Clock.currentTimeMillis) - before] as const
  })

/** Sends one byte per second. */
const drip = (socket: Socket.Socket) => Effect.fork(Effect.forever(Effect.delay(socket.sendText("x"), "1 second")))

describe("decoding", () => {
  const of = (timeouts: Socket.Timeouts) => new SocketTimeouts(decodeTimeouts(timeouts)!)

  it("a timeout that is infinite or undefined is no timeout", () => {
    for (const timeouts of [
      {},
      { recvTimeout: undefined, minThroughput: undefined },
      {
        recvTimeout: Number.POSITIVE_INFINITY,
        messageTimeout: Duration.infinity,
        sendTimeout: Number.POSITIVE_INFINITY
      },
      { minThroughput: { bytes: 1, per: Duration.infinity } }
    ]) {
      assert.deepStrictEqual([of(timeouts).timesReceives, of(timeouts).timesSends], [false, false])
    }
    assert.isUndefined(decodeTimeouts(undefined))
  })

  it("a negative duration means 0, and no bytes mean 1", () => {
    for (const nothing of [-1, Number.NEGATIVE_INFINITY, "-5 seconds", 0] as const) {
      const { messageTimeout, recvTimeout, sendTimeout } = of({
        recvTimeout: nothing,
        messageTimeout: nothing,
        sendTimeout: nothing
      })
      assert.deepStrictEqual([recvTimeout, messageTimeout, sendTimeout], [0, 0, 0])
    }
    for (const [bytes, least] of [
      [0, 1],
      [100, 100]
    ] as const) {
      assert.strictEqual(of({ minThroughput: { bytes, per: 1000 } }).minThroughput?.bytes, least)
    }
  })
})

describe("in virtual time", () => {
  it.live("recvTimeout allows a peer that sends one byte per second, messageTimeout stops it exactly on time", () =>
    simulated(
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        yield* drip(other)
        const patient = Socket.withTimeouts(one, { recvTimeout: "1500 millis" })
        assert.strictEqual((yield* patient.recvExactly(100)).length, 100)
        assert.strictEqual(yield* Clock.currentTimeMillis, 100_000)
        const timeouts = { recvTimeout: "1500 millis", messageTimeout: "30500 millis" } as const
        const strict = Socket.withTimeouts(one, timeouts)
        assert.deepStrictEqual(yield* timedOut(strict.recvExactly(100)), ["messageTimeout", 30_500])
        assert.strictEqual((yield* one.stats).bytesBuffered, 30)
        assert.deepStrictEqual(yield* timedOut(strict.recvLine()), ["messageTimeout", 30_500])
        assert.strictEqual((yield* one.stats).bytesBuffered, 61)
      })
    )
  )

  it.live("the timeout that passes first stops a silent peer", () =>
    simulated(
      Effect.gen(function* () {
        const [one] = yield* Network.pair
        const by = (timeouts: Socket.Timeouts) => timedOut(Socket.withTimeouts(one, timeouts).recv(1))
        const minThroughput = { bytes: 1, per: "3 seconds" } as const
        assert.deepStrictEqual(yield* by({ recvTimeout: "1 second", messageTimeout: "2 seconds", minThroughput }), [
          "recvTimeout",
          1000
        ])
        assert.deepStrictEqual(yield* by({ recvTimeout: "4 seconds", messageTimeout: "2 seconds", minThroughput }), [
          "messageTimeout",
          2000
        ])
        assert.deepStrictEqual(yield* by({ recvTimeout: "4 seconds", messageTimeout: "5 seconds", minThroughput }), [
          "minThroughput",
          3000
        ])
        assert.strictEqual(yield* Clock.currentTimeMillis, 6000)
      })
    )
  )

  it.live("minThroughput counts the time that receives wait, across all receives, and no other time", () =>
    simulated(
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        yield* drip(other)
        const held = Socket.withTimeouts(one, { minThroughput: { bytes: 5, per: "4 seconds" } })
        // The program pauses for an hour before each byte, but never waits for one.
        yield* Effect.repeatN(Effect.zipRight(Effect.sleep("1 hour"), held.recv(1)), 4)
        yield* one.discard((yield* one.stats).bytesBuffered)
        yield* Effect.sleep("1 millis")
        assert.deepStrictEqual(yield* timedOut(Effect.forever(held.recv(1))), ["minThroughput", 4000])
      })
    )
  )

  it.live("the time of an interrupted wait counts, the time between two receives does not", () =>
    simulated(
      Effect.gen(function* () {
        const [one] = yield* Network.pair
        const held = Socket.withTimeouts(one, { minThroughput: { bytes: 1, per: "10 seconds" } })
        const impatient = Effect.zipRight(Effect.timeoutOption(held.recv(1), "2 seconds"), Effect.sleep("1 hour"))
        yield* Effect.repeatN(impatient, 3)
        assert.deepStrictEqual(yield* timedOut(held.recv(1)), ["minThroughput", 2000])
      })
    )
  )

  it.live("messageTimeout starts anew each time that the same receive effect runs", () =>
    simulated(
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        const receive = Socket.withTimeouts(one, { messageTimeout: "10 seconds" }).recvExactly(2)
        yield* other.sendText("a")
        for (let n = 0; n < 3; n++) {
          yield* Effect.timeoutOption(receive, "7 seconds")
          assert.deepStrictEqual(yield* timedOut(receive), ["messageTimeout", 10_000])
        }
        yield* other.sendText("b")
        assert.strictEqual((yield* receive).length, 2)
      })
    )
  )

  it.live("peekFull of too few bytes times out, and returns them only after the end of the stream", () =>
    simulated(
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        const held = Socket.withTimeouts(one, { recvTimeout: "1 second" })
        yield* other.sendText("ab")
        assert.deepStrictEqual(yield* timedOut(held.peekFull(5)), ["recvTimeout", 1000])
        yield* other.shutdownSend
        assert.deepStrictEqual(yield* held.peekFull(5), Option.some(new TextEncoder().encode("ab")))
      })
    )
  )

  it.live("a send times out without progress, and so does the send behind it, of which nothing is sent", () =>
    simulated(
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        const held = Socket.withTimeouts(one, { sendTimeout: "10 seconds" })
        const mib = new Uint8Array(1024 * 1024)
        const first = yield* Effect.fork(timedOut(held.sendAll(mib)))
        const second = yield* Effect.fork(Effect.delay(timedOut(held.sendText("never")), "1 second"))
        // The peer reads 20 KiB per second. The system takes more bytes only when the peer's buffer of 128 KiB is
        // empty, which is every 6.5 seconds.
        yield* Effect.repeatN(Effect.zipRight(Effect.sleep(500), other.discard(10 * 1024)), 39)
        assert.isTrue(Option.isNone(yield* Fiber.poll(first)))
        assert.deepStrictEqual(yield* Fiber.join(first), ["sendTimeout", 29_500])
        assert.deepStrictEqual(yield* Fiber.join(second), ["sendTimeout", 28_500])
        yield* Effect.fork(one.shutdownSend)
        assert.strictEqual((yield* other.recvAll()).length, mib.length - 400 * 1024)
      })
    )
  )

  it.live("a send times out behind a send without a timeout, and each send has its own timeout", () =>
    simulated(
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        const sending = yield* Effect.fork(one.sendAll(new Uint8Array(1024 * 1024)))
        yield* Effect.sleep("1 second")
        const behind = (millis: number) => timedOut(Socket.withTimeouts(one, { sendTimeout: millis }).sendText("never"))
        assert.deepStrictEqual(yield* behind(5000), ["sendTimeout", 5000])
        const cut = yield* Effect.all([9000, 3000, 6000].map(behind), { concurrency: 3 })
        assert.deepStrictEqual(
          cut.map(([, after]) => after),
          [9000, 3000, 6000]
        )
        assert.strictEqual((yield* other.recvExactly(1024 * 1024)).length, 1024 * 1024)
        yield* Fiber.join(sending)
        yield* one.sendText("!")
        assert.deepStrictEqual(yield* other.recvText(10), Option.some("!"))
      })
    )
  )

  it.live("accepted connections have the timeouts of their listener, and a client has its own", () =>
    simulated(
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:80", { timeouts: { recvTimeout: "1 second" } })
        const connecting = Network.connect(listener.address, { timeouts: { recvTimeout: "2 seconds" } })
        const [one, other] = yield* Effect.all([connecting, listener.accept], { concurrency: 2 })
        assert.deepStrictEqual(yield* timedOut(one.recv(1)), ["recvTimeout", 2000])
        assert.deepStrictEqual(yield* timedOut(other.recv(1)), ["recvTimeout", 1000])
        yield* one.close
        yield* other.close
      })
    )
  )

  it.live("the same seed gives the same run, with timeouts too", () =>
    SimulatedNetwork.checkDeterminism(
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        yield* drip(other)
        const held = Socket.withTimeouts(one, { recvTimeout: 900, sendTimeout: 900 })
        return yield* Effect.forEach([1, 2, 3], () => Effect.exit(held.recv(1)))
      })
    )
  )
})

describe("with a TestClock", () => {
  const adjusted = Effect.gen(function* () {
    const [one, other] = yield* Network.pair
    const waiting = yield* Effect.fork(timedOut(Socket.withTimeouts(one, { recvTimeout: "1 minute" }).recv(1)))
    yield* TestClock.adjust("59 seconds")
    assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(yield* Fiber.join(waiting), ["recvTimeout", 60_000])
    yield* other.sendText("x")
    assert.deepStrictEqual(yield* one.recvText(1), Option.some("x"))
  })

  it.scoped("a receive times out by that clock, on the simulated network", () =>
    Effect.provide(adjusted, SimulatedNetwork.layer)
  )

  it.scoped("a receive times out by that clock, on real sockets", () => Effect.provide(adjusted, NodeNetwork.layer))
})
