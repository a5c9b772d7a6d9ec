/** How a server drains: handlers that finish, that do not, and that cannot be interrupted. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import * as Server from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { onEach } from "../networks.ts"
import { logged, seenBy, watched } from "./watched.ts"

const never = Effect.async<never>(() => {})
const nothing: Server.Drained = { finished: 0, interrupted: 0, stuck: 0, refused: 0 }
const short = { drainTimeout: "50 millis", interruptTimeout: "50 millis" } as const

/** A handler that sends "begun" first. */
const begins =
  <E, R>(then: Server.Handler<E, R>): Server.Handler<E, R> =>
  socket =>
    Effect.zipRight(Effect.orDie(socket.sendText("begun")), then(socket))

/** A client whose handler has begun. */
const client = (server: Server.Service) =>
  Effect.tap(Network.connect(server.address), socket => Effect.orDie(socket.recvExactly(5)))

onEach(test => {
  describe("drain", () => {
    test("accepts no more, tells the handlers, and waits for them to finish", () =>
      Effect.gen(function* () {
        const server = yield* watched(
          begins(socket =>
            Effect.gen(function* () {
              const draining = yield* Server.Draining
              assert.isFalse(yield* draining.isDraining)
              yield* draining.await
              assert.isTrue(yield* draining.isDraining)
              yield* socket.sendText("goodbye")
            })
          )
        )
        const socket = yield* client(server)
        const draining = yield* Effect.fork(server.drain)
        assert.strictEqual(yield* seenBy(socket), "goodbye|end")
        assert.deepStrictEqual(yield* Fiber.join(draining), { ...nothing, finished: 1 })
        const error = yield* Effect.flip(Network.connect(server.address))
        assert.strictEqual(error._tag === "ConnectError" && error.reason, "Refused")
        assert.deepStrictEqual(yield* server.rest, ["Succeeded"])
        assert.deepStrictEqual(yield* server.join, { ...nothing, finished: 1 })
      }))

    test("interrupts handlers that have not finished in time, which resets their connections", () =>
      Effect.gen(function* () {
        const server = yield* watched(
          begins(() => never),
          short
        )
        const socket = yield* client(server)
        assert.deepStrictEqual(yield* server.drain, { ...nothing, interrupted: 1 })
        assert.strictEqual(yield* seenBy(socket), "|Reset")
        assert.deepStrictEqual(yield* server.rest, ["Drained"])
      }))

    test("returns even if a handler cannot be interrupted: its connection is aborted and reported as stuck", () =>
      Effect.gen(function* () {
        const free = yield* Deferred.make<void>()
        const server = yield* watched(
          begins(() => Effect.uninterruptible(Deferred.await(free))),
          short
        )
        const socket = yield* client(server)
        const [drained, lines] = yield* logged(server.drain)
        assert.deepStrictEqual(drained, { ...nothing, stuck: 1 })
        assert.strictEqual(yield* seenBy(socket), "|Reset")
        assert.deepStrictEqual(yield* server.rest, ["Stuck"])
        const at = `server ${SocketAddress.format(server.address)}`
        assert.deepStrictEqual(lines, [
          { level: "ERROR", message: `${at}: a handler or its finalizers did not end; the connection was aborted` },
          {
            level: "WARN",
            message: `${at}: drained: 0 finished, 0 interrupted, 1 stuck, 0 refused`
          }
        ])
        yield* Deferred.succeed(free, undefined)
        yield* Effect.yieldNow()
        assert.deepStrictEqual(yield* server.rest, [])
      }))

    test("ends a handler with an uninterruptible receive by aborting its connection", () =>
      Effect.gen(function* () {
        const server = yield* watched(
          begins(socket => Effect.uninterruptible(socket.recv(1))),
          short
        )
        const socket = yield* client(server)
        assert.deepStrictEqual(yield* server.drain, { ...nothing, interrupted: 1 })
        assert.strictEqual(yield* seenBy(socket), "|Reset")
        assert.deepStrictEqual(yield* server.rest, ["Drained"])
      }))

    test("returns even if a peer never reads: the unfinished send ends in a reset", () =>
      Effect.gen(function* () {
        const endless = (socket: Socket.Socket) => Effect.forever(socket.sendAll(new Uint8Array(100_000)))
        const server = yield* watched(begins(endless), short)
        const socket = yield* client(server)
        assert.deepStrictEqual(yield* server.drain, { ...nothing, interrupted: 1 })
        assert.match(yield* seenBy(socket), /\|Reset$/)
      }))

    test("resets connections that were not accepted, and counts them", () =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const drains = begins(() => Effect.flatMap(Server.Draining, draining => draining.await))
        const server = yield* Server.make(listener, drains, { maxConnections: 1 })
        const first = yield* client(server)
        const others = yield* Effect.replicateEffect(Network.connect(server.address), 3)
        // Wait until they have moved from the backlog of the system to the accept queue.
        yield* Effect.repeat(Effect.delay(listener.stats, 1), { until: ({ queued }) => queued === 3 })
        assert.deepStrictEqual(yield* server.drain, { ...nothing, finished: 1, refused: 3 })
        assert.strictEqual(yield* seenBy(first), "|end")
        for (const other of others) {
          assert.strictEqual(yield* seenBy(other), "|Reset")
        }
      }))

    test("runs once for several callers, and continues if a caller is interrupted", () =>
      Effect.gen(function* () {
        const free = yield* Deferred.make<void>()
        const server = yield* watched(begins(() => Deferred.await(free)))
        yield* client(server)
        const first = yield* Effect.fork(server.drain)
        const second = yield* Effect.fork(server.drain)
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(first)
        yield* Deferred.succeed(free, undefined)
        assert.deepStrictEqual(yield* Fiber.join(second), { ...nothing, finished: 1 })
        assert.deepStrictEqual(yield* server.drain, { ...nothing, finished: 1 })
        assert.deepStrictEqual(yield* server.rest, ["Succeeded"])
      }))
  })

  describe("a layer", () => {
    test("listens when it has been built, and drains when its Scope closes", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const handler = begins(socket =>
          Effect.flatMap(Server.Draining, draining => Effect.zipRight(draining.await, socket.sendText("goodbye")))
        )
        const context = yield* Layer.buildWithScope(Server.layer("127.0.0.1:0", handler), scope)
        const server = yield* Effect.provide(Server.Server, context)
        const socket = yield* client(server)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(yield* seenBy(socket), "goodbye|end")
        assert.strictEqual((yield* Effect.flip(Network.connect(server.address)))._tag, "ConnectError")
      }))
  })
})

describe("in virtual time", () => {
  const simulated = <A, E>(
    title: string,
    program: Effect.Effect<A, E, Network.Network | SimulatedNetwork.SimulatedNetwork | Scope.Scope>
  ) => it.live(title, () => SimulatedNetwork.run(program, { strict: true }))

  simulated(
    "handlers have exactly drainTimeout to finish, and drain returns as soon as all have finished",
    Effect.gen(function* () {
      const takes = (time: number, drainTimeout: number) =>
        Effect.scoped(
          Effect.gen(function* () {
            const server = yield* watched(
              begins(() => Effect.sleep(time)),
              { drainTimeout }
            )
            yield* client(server)
            const began = yield* Clock.currentTimeMillis
            const [{ finished, interrupted }] = yield* logged(server.drain)
            return [finished, interrupted, (yield* Clock.currentTimeMillis) - began]
          })
        )
      assert.deepStrictEqual(yield* takes(4999, 5000), [1, 0, 4999])
      assert.deepStrictEqual(yield* takes(5001, 5000), [0, 1, 5000])
      assert.deepStrictEqual(yield* takes(1_000_000, Number.POSITIVE_INFINITY), [1, 0, 1_000_000])
    })
  )

  simulated(
    "a handler whose handlerTimeout passes during the drain counts as interrupted, or as stuck if it does not end",
    Effect.gen(function* () {
      const drained = (handler: Server.Handler<never, never>, drainTimeout: number) =>
        Effect.scoped(
          Effect.gen(function* () {
            const server = yield* watched(begins(handler), { drainTimeout, handlerTimeout: 1000 })
            yield* client(server)
            yield* client(server)
            const before = (yield* Metric.value(Server.metrics.open)).value
            const [drained] = yield* logged(server.drain)
            assert.strictEqual((yield* Metric.value(Server.metrics.open)).value, before - 2)
            return [drained, yield* server.rest] as const
          })
        )
      const shielded = () => Effect.uninterruptible(never)
      for (const drainTimeout of [999, 1000, 10_000]) {
        assert.deepStrictEqual(yield* drained(shielded, drainTimeout), [{ ...nothing, stuck: 2 }, ["Stuck", "Stuck"]])
      }
      assert.deepStrictEqual(yield* drained(() => never, 10_000), [
        { ...nothing, interrupted: 2 },
        ["TimedOut", "TimedOut"]
      ])
    })
  )

  simulated(
    "join dies with a defect in accepting, and the server can still drain",
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const broken = { ...listener, accept: Effect.dieMessage("broken") }
      const started = Effect.tap(
        Server.make(broken, () => Effect.void),
        () => Effect.yieldNow()
      )
      const [server] = yield* logged(started)
      const exit = yield* Effect.exit(Effect.timeout(server.join, "1 hour"))
      assert.deepStrictEqual(Exit.mapError(exit, String), Exit.die(new Cause.RuntimeException("broken")))
      assert.deepStrictEqual(yield* server.drain, nothing)
    })
  )

  simulated(
    "a Logger that throws keeps no connection open",
    Effect.gen(function* () {
      const broken = Logger.make(() => {
        throw new Error("broken")
      })
      const server = yield* Effect.provide(
        watched(() => Effect.die("broken")),
        Logger.replace(Logger.defaultLogger, broken)
      )
      yield* seenBy(yield* Network.connect(server.address))
      assert.strictEqual((yield* server.next).reason, "Died")
      assert.deepStrictEqual(yield* server.drain, nothing)
    })
  )
})
