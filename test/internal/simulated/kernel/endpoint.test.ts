/** Connections with delays and windows of all sizes: no byte is lost, doubled or out of order. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { cut, pattern, Random } from "../../../../src/internal/conformance/kit/bytes.ts"
import { receiveAll } from "../../../../src/internal/conformance/kit/pairs.ts"
import type * as Network from "../../../../src/Network.ts"
import type * as Socket from "../../../../src/Socket.ts"
import * as SocketAddress from "../../../../src/SocketAddress.ts"
import { worldOf } from "../worlds.ts"

const server = SocketAddress.unsafeInet("10.0.0.1", 80)

/** Connects two hosts of a world with the given delay and window. */
const pair = (options: Parameters<typeof worldOf>[0], given?: Network.ConnectionOptions) =>
  Effect.gen(function* () {
    const { network, world } = yield* worldOf(options)
    const listener = yield* network("server").listen(server, given)
    const connecting = yield* Effect.fork(network("client").connect(server, given))
    yield* TestClock.adjust("1 second")
    return { a: yield* Fiber.join(connecting), b: yield* listener.accept, world }
  })

/** Sends all pieces, and ends the half. */
const say = (socket: Socket.Socket, pieces: ReadonlyArray<Uint8Array>) =>
  Effect.zipRight(
    Effect.forEach(pieces, piece => socket.sendAll(piece), { discard: true }),
    socket.shutdownSend
  )

/** Adjusts the TestClock until the fiber is done. */
const passing = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) =>
  Effect.gen(function* () {
    for (let n = 0; n < 10_000; n++) {
      if (Option.isSome(yield* Fiber.poll(fiber))) return yield* Fiber.join(fiber)
      yield* TestClock.adjust("1 second")
    }
    return yield* Effect.dieMessage("the fiber never ended")
  })

describe("two streams in opposite directions", () => {
  const random = new Random(7)
  for (const [latency, window, highWaterMark, size] of [
    [0, 1, 1, 300],
    [0, 7, 3, 3000],
    [5, 1, 1000, 100],
    [5, 100, 30, 5000],
    [5, 70_000, 1000, 500_000],
    [0, 256 * 1024, 1, 200_000]
  ] as const) {
    it.scoped(
      `of ${size} bytes arrive whole (latency ${latency} ms, window ${window}, highWaterMark ${highWaterMark})`,
      () =>
        Effect.gen(function* () {
          const { a, b, world } = yield* pair({ latency, window }, { highWaterMark })
          const [there, back] = [pattern(size, 1), pattern(size, 2)]
          const all = [
            say(a, cut(there, random, size)),
            say(b, cut(back, random, 50 + size / 10)),
            receiveAll(a, 1 + random.int(0, size)),
            receiveAll(b, 1 + random.int(0, 100))
          ] as const
          const done = yield* passing(yield* Effect.fork(Effect.all(all, { concurrency: "unbounded" })))
          assert.deepStrictEqual(done.slice(2), [
            { bytes: back, end: "the end" },
            { bytes: there, end: "the end" }
          ])
          const left = world.all.flatMap(host => [...host.endpoints])
          assert.deepStrictEqual(left, [])
        })
    )
  }
})

it.scoped("a Buffer may be overwritten once it is sent, and arrives as a plain Uint8Array", () =>
  Effect.gen(function* () {
    const { a, b } = yield* pair({})
    const sent = Buffer.from("hello")
    yield* a.sendAll(sent)
    sent.fill("x")
    const received = Option.getOrThrow(yield* b.recv(10))
    assert.strictEqual(Object.getPrototypeOf(received), Uint8Array.prototype)
    assert.strictEqual(new TextDecoder().decode(received), "hello")
  })
)

describe("a peer that finishes while bytes are in flight", () => {
  for (const how of ["close", "abort"] as const) {
    it.scoped(`by ${how}: a stuck send fails, and no end is left`, () =>
      Effect.gen(function* () {
        const { a, b, world } = yield* pair({ latency: 5, window: 100 })
        const sending = yield* Effect.fork(a.sendAll(pattern(1_000_000)))
        yield* TestClock.adjust("6 millis")
        const going = yield* Effect.fork(b[how])
        const exit = yield* passing(yield* Effect.fork(Fiber.await(sending)))
        assert.isTrue(Exit.isFailure(exit))
        yield* passing(going)
        const { end } = yield* receiveAll(a)
        assert.strictEqual(end, how === "close" ? "the end" : "Reset")
        assert.deepStrictEqual(
          world.all.flatMap(host => [...host.endpoints]),
          []
        )
      })
    )
  }

  it.scoped("by abort on both sides at once: no end is left", () =>
    Effect.gen(function* () {
      const { a, b, world } = yield* pair({ latency: 5, window: 100 })
      const sends = yield* Effect.forkAll([
        Effect.exit(a.sendAll(pattern(1000))),
        Effect.exit(b.sendAll(pattern(1000)))
      ])
      yield* TestClock.adjust("3 millis")
      yield* passing(yield* Effect.fork(Effect.all([a.abort, b.abort], { concurrency: 2 })))
      yield* passing(yield* Effect.fork(Fiber.await(sends)))
      assert.deepStrictEqual(
        world.all.flatMap(host => [...host.endpoints]),
        []
      )
    })
  )

  it.scoped("by a close that cannot flush within closeTimeout: the peer receives a part and a reset", () =>
    Effect.gen(function* () {
      const { a, b, world } = yield* pair({ latency: 5, window: 1000 }, { highWaterMark: 10, closeTimeout: "1 second" })
      yield* Effect.fork(a.sendAll(pattern(5000)))
      yield* TestClock.adjust("10 millis")
      const closing = yield* Effect.fork(a.close)
      yield* passing(closing)
      yield* TestClock.adjust("1 second")
      const { bytes, end } = yield* receiveAll(b)
      assert.deepStrictEqual([bytes, end], [pattern(5000).subarray(0, bytes.length), "Reset"])
      assert.isBelow(bytes.length, 5000)
      assert.deepStrictEqual(
        world.all.flatMap(host => [...host.endpoints]),
        []
      )
    })
  )
})
