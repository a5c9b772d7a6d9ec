/** Those who are too many, and those who take too long. */
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

/** Says who is served, and is not done with it before its client is. */
const serves = (socket: Socket.Socket) => Effect.zipRight(socket.sendText("served"), socket.recv(1))

/** Waits to be served, and gives what ends it. */
const served = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* socket.recvText(6), Option.some("served"))
    return Effect.zipRight(Effect.ignore(socket.shutdownSend), seenBy(socket))
  })

/** A client that is served until it runs what this gives. */
const stays = (address: Server.Service["address"]) => Effect.flatMap(Network.connect(address), served)

onEach(test => {
  describe("beyond maxConnections", () => {
    test("whoever comes waits in the accept queue, and is served when another has gone", () =>
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

    test("whoever the accept queue has no room for is reset", () =>
      Effect.gen(function* () {
        const server = yield* watched(serves, { maxConnections: 1, acceptQueue: 1 })
        const first = yield* stays(server.address)
        const second = yield* Network.connect(server.address)
        const third = Effect.flatMap(Network.connect(server.address), seenBy)
        assert.strictEqual(yield* Effect.orElseSucceed(third, () => "|Reset"), "|Reset")
        assert.strictEqual(yield* first, "|end")
        assert.strictEqual(yield* yield* served(second), "|end")
      }))

    test('"refuse" resets them at once', () =>
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

    test("a handler answers them; what it fails with takes nothing down, and is no outcome", () =>
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
    test("interrupts a handler that takes longer, which resets its connection, and no other", () =>
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

    test("a handler that cannot be interrupted loses its connection, and is stuck; what it comes to later harms nobody", () =>
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
        // Its place is free.
        const second = yield* Network.connect(server.address)
        assert.deepInclude(yield* server.next, { reason: "Stuck", remoteAddress: second.localAddress })
        yield* Deferred.succeed(free, undefined)
        const third = yield* Network.connect(server.address)
        assert.strictEqual(yield* seenBy(third), "|end")
        assert.deepInclude(yield* server.next, { reason: "Succeeded", remoteAddress: third.localAddress })
        assert.deepStrictEqual(yield* server.rest, [])
      }))

    test("a handler that has ended but for a finalizer that hangs is stuck when its time is up, and its place is free", () =>
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
  simulated("each handler has its limit from when it was accepted, to the millisecond", () =>
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

  simulated("a handler that shields itself has twice interruptTimeout before it is given up", () =>
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

  simulated("an answer has 5 seconds, and there are 128 of them at a time", () =>
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

  it.live("is compared with maxConnections when a server starts, and said where it is too low", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* warnings(undefined), [])
      assert.deepStrictEqual(yield* warnings(99), [])
      assert.deepStrictEqual(yield* warnings(100), [
        "server 0.0.0.0:80: to serve 100 connections at a time is more than the limit of open files allows " +
          "(100, of which 1 are in use); raise it (ulimit -n), or lower maxConnections"
      ])
    })
  )
})
