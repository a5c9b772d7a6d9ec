/** Servers with `maxConnections`, with `handlerTimeout`, and with few descriptors. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import * as Server from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import { onEach } from "../networks.ts"
import { logged, seenBy, watched } from "./watched.ts"

const never = Effect.async<never>(() => {})

/** Sends "served", and ends when its client has ended. */
const serves = (socket: Socket.Socket) => Effect.zipRight(socket.sendText("served"), socket.recv(1))

/** Waits until the client is served. Returns an effect that ends the client. */
const served = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* socket.recvText(6), Option.some("served"))
    return Effect.zipRight(Effect.ignore(socket.shutdownSend), seenBy(socket))
  })

/** Connects a client, and waits until it is served. Returns an effect that ends the client. */
const stays = (address: Server.Service["address"]) => Effect.flatMap(Network.connect(address), served)

onEach(test => {
  describe("beyond maxConnections", () => {
    test("a connection waits in the accept queue, and is served when another one has ended", () =>
      Effect.gen(function* () {
        const server = yield* watched(serves, { maxConnections: 2 })
        const first = yield* stays(server.address)
        const second = yield* stays(server.address)
        const third = yield* Network.connect(server.address)
        const fourth = yield* Network.connect(server.address)
        assert.strictEqual((yield* server.connections).length, 2)
        assert.strictEqual(yield* first, "|end")
        assert.strictEqual(yield* yield* served(third), "|end")
        assert.strictEqual(yield* second, "|end")
        assert.strictEqual(yield* yield* served(fourth), "|end")
      }))

    test("a connection is reset if the accept queue is full", () =>
      Effect.gen(function* () {
        const server = yield* watched(serves, { maxConnections: 1, acceptQueue: 1 })
        const first = yield* stays(server.address)
        const second = yield* Network.connect(server.address)
        const third = Effect.flatMap(Network.connect(server.address), seenBy)
        assert.strictEqual(yield* Effect.orElseSucceed(third, () => "|Reset"), "|Reset")
        assert.strictEqual(yield* first, "|end")
        assert.strictEqual(yield* yield* served(second), "|end")
      }))

    test('a connection is reset at once with "refuse"', () =>
      Effect.gen(function* () {
        const server = yield* watched(serves, { maxConnections: 1, whenFull: "refuse" })
        const first = yield* stays(server.address)
        const refused = Effect.flatMap(Network.connect(server.address), seenBy)
        for (let n = 0; n < 3; n++) {
          assert.strictEqual(yield* Effect.orElseSucceed(refused, () => "|Reset"), "|Reset")
        }
        assert.strictEqual(yield* first, "|end")
        yield* server.next
        assert.strictEqual(yield* yield* stays(server.address), "|end")
      }))

    test("a connection is answered by a whenFull handler, whose failure stops nothing and is no outcome", () =>
      Effect.gen(function* () {
        let answered = 0
        const server = yield* watched(serves, {
          maxConnections: 1,
          whenFull: socket => {
            answered += 1
            return Effect.zipRight(
              socket.sendText("server is full"),
              answered === 2 ? Effect.fail("on purpose") : Effect.void
            )
          }
        })
        const first = yield* stays(server.address)
        for (let n = 0; n < 3; n++) {
          assert.strictEqual(yield* seenBy(yield* Network.connect(server.address)), "server is full|end")
        }
        assert.strictEqual(yield* first, "|end")
        assert.strictEqual((yield* server.next).reason, "Succeeded")
        assert.strictEqual(yield* yield* stays(server.address), "|end")
        assert.deepStrictEqual(yield* Effect.zipRight(server.next, server.rest), [])
      }))
  })

  describe("handlerTimeout", () => {
    test("interrupts a handler that takes longer, which resets its connection and no other", () =>
      Effect.gen(function* () {
        const server = yield* watched(
          socket =>
            Effect.flatMap(socket.recvExactly(1), ([first]) => (first === 1 ? never : socket.sendText("served"))),
          { handlerTimeout: "100 millis" }
        )
        const slow = yield* Network.connect(server.address)
        yield* slow.sendAll(Uint8Array.of(1))
        assert.strictEqual(yield* seenBy(slow), "|Reset")
        assert.deepInclude(yield* server.next, { reason: "TimedOut", remoteAddress: slow.localAddress })
        const quick = yield* Network.connect(server.address)
        yield* quick.sendAll(Uint8Array.of(2))
        assert.strictEqual(yield* seenBy(quick), "served|end")
      }))

    test("aborts the connection of an uninterruptible handler: it is stuck, and its later end has no effect", () =>
      Effect.gen(function* () {
        const free = yield* Deferred.make<void>()
        const server = yield* watched(() => Effect.uninterruptible(Deferred.await(free)), {
          handlerTimeout: "20 millis",
          interruptTimeout: "20 millis",
          maxConnections: 1
        })
        const first = yield* Network.connect(server.address)
        assert.strictEqual(yield* seenBy(first), "|Reset")
        assert.deepInclude(yield* server.next, { reason: "Stuck", remoteAddress: first.localAddress })
        assert.deepStrictEqual(yield* server.connections, [])
        // The stuck connection no longer counts.
        const second = yield* Network.connect(server.address)
        assert.deepInclude(yield* server.next, { reason: "Stuck", remoteAddress: second.localAddress })
        yield* Deferred.succeed(free, undefined)
        const third = yield* Network.connect(server.address)
        assert.strictEqual(yield* seenBy(third), "|end")
        assert.deepInclude(yield* server.next, { reason: "Succeeded", remoteAddress: third.localAddress })
        assert.deepStrictEqual(yield* server.rest, [])
      }))

    test("includes the finalizers: a connection whose finalizer hangs is stuck, and no longer counts", () =>
      Effect.gen(function* () {
        const free = yield* Deferred.make<void>()
        const server = yield* watched(() => Effect.addFinalizer(() => Deferred.await(free)), {
          handlerTimeout: "20 millis",
          interruptTimeout: "20 millis",
          maxConnections: 1
        })
        for (let n = 0; n < 2; n++) {
          const client = yield* Network.connect(server.address)
          assert.strictEqual(yield* seenBy(client), "|Reset")
          assert.deepInclude(yield* server.next, { reason: "Stuck", remoteAddress: client.localAddress })
        }
        yield* Deferred.succeed(free, undefined)
        assert.deepStrictEqual(yield* Effect.zip(server.connections, server.rest), [[], []])
      }))
  })
})

const simulated = <A, E>(
  title: string,
  program: () => Effect.Effect<A, E, Network.Network | SimulatedNetwork.SimulatedNetwork | Scope.Scope>
) => it.live(title, () => SimulatedNetwork.run(program(), { strict: true }))

describe("in virtual time", () => {
  simulated("handlerTimeout counts from when a connection was accepted, to the millisecond", () =>
    Effect.gen(function* () {
      const server = yield* watched(() => never, { handlerTimeout: "1 minute" })
      const clients: Array<Fiber.Fiber<readonly [string, number], unknown>> = []
      for (let n = 0; n < 5; n++) {
        const client = Effect.zip(Effect.flatMap(Network.connect(server.address), seenBy), Clock.currentTimeMillis)
        clients.push(yield* Effect.fork(client))
        yield* Effect.sleep("10 seconds")
      }
      const seen = yield* Fiber.join(Fiber.all(clients))
      assert.deepStrictEqual(
        seen,
        [0, 1, 2, 3, 4].map(n => ["|Reset", 60_000 + n * 10_000] as const)
      )
      for (const n of [0, 1, 2, 3, 4]) {
        const { age } = yield* server.next
        assert.strictEqual(Duration.toMillis(age), 60_000, `connection ${n}`)
      }
    })
  )

  simulated("an uninterruptible handler is given up after twice interruptTimeout", () =>
    Effect.gen(function* () {
      const server = yield* watched(() => Effect.uninterruptible(never), {
        handlerTimeout: "1 minute",
        interruptTimeout: "5 seconds"
      })
      const socket = yield* Network.connect(server.address)
      assert.strictEqual(yield* seenBy(socket), "|Reset")
      assert.strictEqual(yield* Clock.currentTimeMillis, 65_000)
      const { age, reason } = yield* server.next
      assert.deepStrictEqual([reason, Duration.toMillis(age)], ["Stuck", 70_000])
    })
  )

  simulated("a whenFull answer has 5 seconds, and at most 128 run at the same time", () =>
    Effect.gen(function* () {
      const server = yield* watched(serves, {
        maxConnections: 1,
        whenFull: socket => Effect.zipRight(socket.sendText("full"), never)
      })
      const first = yield* stays(server.address)
      const knock = Effect.zip(Effect.flatMap(Network.connect(server.address), seenBy), Clock.currentTimeMillis)
      const seen = yield* Effect.replicateEffect(knock, 200, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        new Map([...new Set(seen.map(String))].map(one => [one, seen.filter(other => String(other) === one).length])),
        new Map([
          ["full|Reset,5000", 128],
          ["|Reset,0", 72]
        ])
      )
      assert.strictEqual(yield* first, "|end")
    })
  )
})

describe("the limit of descriptors", () => {
  const warnings = (maxConnections: number | undefined) =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const world = yield* SimulatedNetwork.SimulatedNetwork
        const network = world.network("small", { descriptors: 100 })
        const serving = Effect.scoped(
          Effect.flatMap(Network.listen("0.0.0.0:80"), listener =>
            Effect.asVoid(Server.make(listener, () => Effect.void, { maxConnections }))
          )
        )
        const [, lines] = yield* logged(Effect.provideService(serving, Network.Network, network))
        return lines.filter(({ level }) => level === "WARN").map(({ message }) => message)
      })
    )

  it.live("is compared with maxConnections when a server starts, and a warning is logged if it is too low", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* warnings(undefined), [])
      assert.deepStrictEqual(yield* warnings(99), [])
      assert.deepStrictEqual(yield* warnings(100), [
        "server 0.0.0.0:80: maxConnections is 100, but only 99 more files can be opened (limit 100, 1 in use); " +
          "raise the limit (ulimit -n) or lower maxConnections"
      ])
    })
  )
})
