/** The events as a stream, which does not affect a program. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { eventsOf } from "../../../../src/internal/simulated/look/events.ts"
import { type Event, Trace } from "../../../../src/internal/simulated/look/trace.ts"
import * as Network from "../../../../src/Network.ts"
import * as SimulatedNetwork from "../../../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../../../src/SocketAddress.ts"

const listen = (port: number) => Effect.scoped(Network.listen(SocketAddress.unsafeInet("127.0.0.1", port)))

const kinds = (events: Iterable<SimulatedNetwork.Event>) => Array.from(events, ({ from, kind }) => `${kind} ${from}`)

describe("events", () => {
  it.live("are the earlier and the new ones, for each reader", () =>
    Effect.gen(function* () {
      yield* listen(1)
      const first = yield* Effect.fork(Stream.runCollect(Stream.take(SimulatedNetwork.events, 4)))
      yield* Effect.sleep("1 minute")
      yield* listen(2)
      const all = ["listen 127.0.0.1:1", "unlisten 127.0.0.1:1", "listen 127.0.0.1:2", "unlisten 127.0.0.1:2"]
      assert.deepStrictEqual(kinds(yield* Fiber.join(first)), all)
      assert.deepStrictEqual(kinds(yield* Stream.runCollect(Stream.take(SimulatedNetwork.events, 3))), all.slice(0, 3))
    }).pipe(SimulatedNetwork.checkDeterminism({ strict: true }))
  )

  it.live("wake a reader that waits for a certain event", () =>
    Effect.gen(function* () {
      const accepted = yield* SimulatedNetwork.events.pipe(
        Stream.filter(({ kind }) => kind === "accept"),
        Stream.runHead,
        Effect.fork
      )
      const listener = yield* Network.listen("127.0.0.1:80")
      yield* Effect.sleep("1 second")
      yield* Network.connect(listener.address)
      assert.deepInclude(yield* Effect.flatten(Fiber.join(accepted)), { time: 1000, kind: "accept", connection: 1 })
    }).pipe(SimulatedNetwork.checkDeterminism({ strict: true }))
  )

  it.live("do not affect what a program does on the network", () =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        for (let i = 0; i < 10; i++) {
          yield* one.sendAll(Uint8Array.of(i))
          yield* other.recvExactly(1)
          yield* Effect.sleep("1 second")
        }
        return yield* SimulatedNetwork.trace
      })
      const watched = Effect.zipRight(Effect.forkScoped(Stream.runDrain(SimulatedNetwork.events)), program)
      assert.strictEqual(yield* SimulatedNetwork.run(watched), yield* SimulatedNetwork.run(program))
    })
  )

  it.live("end when the program has ended, and include those of its finalizers", () =>
    Effect.gen(function* () {
      const world = yield* Deferred.make<SimulatedNetwork.World>()
      const outside = yield* Effect.fork(
        Effect.flatMap(Deferred.await(world), ({ events }) => Stream.runCollect(events))
      )
      yield* SimulatedNetwork.run(
        Effect.gen(function* () {
          yield* Deferred.succeed(world, yield* SimulatedNetwork.SimulatedNetwork)
          yield* Network.listen("127.0.0.1:80")
          yield* Effect.sleep("1 second")
        })
      )
      assert.deepStrictEqual(kinds(yield* Fiber.join(outside)), ["listen 127.0.0.1:80", "unlisten 127.0.0.1:80"])
    })
  )

  it.effect("end when the Scope of their world closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const world = yield* Scope.extend(SimulatedNetwork.make(), scope)
      const fiber = yield* Effect.fork(Stream.runCount(world.events))
      yield* Effect.scoped(world.network("a").listen(SocketAddress.unsafeInet("127.0.0.1", 1)))
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* Fiber.join(fiber), 2)
      assert.strictEqual(yield* Stream.runCount(world.events), 2)
    })
  )

  it.effect("that a reader is too late for are missing, and it gets the rest", () =>
    Effect.gen(function* () {
      const trace = new Trace()
      const one: Event = { time: 0, kind: "data", connection: 1, from: "a", to: "b", hosts: ["a", "b"], bytes: 1 }
      const first = yield* Deferred.make<void>()
      const going = yield* Deferred.make<void>()
      const read = eventsOf(trace).pipe(
        Stream.mapChunksEffect(chunk =>
          Effect.as(Effect.zipRight(Deferred.succeed(first, undefined), Deferred.await(going)), chunk)
        ),
        Stream.map(({ time }) => time),
        Stream.runCollect
      )
      trace.add(one)
      const reading = yield* Effect.fork(read)
      yield* Deferred.await(first)
      for (let time = 1; time < 250_000; time++) trace.add({ ...one, time })
      trace.end()
      yield* Deferred.succeed(going, undefined)
      const times = Chunk.toReadonlyArray(yield* Fiber.join(reading))
      assert.deepStrictEqual([times.length, times[0], times[1], times.at(-1)], [150_001, 0, 100_000, 249_999])
    })
  )
})
