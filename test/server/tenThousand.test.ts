/** Drains many connections that end in different ways, in virtual time, to the millisecond. */
import { assert, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Network from "../../src/Network.ts"
import * as Server from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { logged, seenBy } from "./watched.ts"

const never = Effect.async<never>(() => {})

it.live(
  "a server drains 10,000 connections that finish, are interrupted, cannot be interrupted or are never read",
  () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const chunk = new Uint8Array(10_000)
        /** The first byte of a client selects what its handler does. */
        const handler: Server.Handler<unknown, Server.Draining> = socket =>
          Effect.gen(function* () {
            const [kind] = yield* socket.recvExactly(1)
            const draining = yield* Server.Draining
            switch (kind! % 5) {
              case 0:
                return yield* Effect.zipRight(draining.await, socket.sendText("goodbye"))
              case 1:
                return yield* Effect.zipRight(draining.await, Effect.delay(socket.sendText("late"), "3 seconds"))
              case 2:
                return yield* never
              case 3:
                return yield* Effect.uninterruptible(never)
              default:
                return yield* Effect.forever(socket.sendAll(chunk))
            }
          })
        const listener = yield* Network.listen("127.0.0.1:80", { acceptQueue: 20_000 })
        const reasons = new Map<string, number>()
        const server = yield* Server.make(listener, handler, {
          onOutcome: ({ reason }) => Effect.sync(() => reasons.set(reason, (reasons.get(reason) ?? 0) + 1))
        })
        const sockets = yield* Effect.forEach(Array.from({ length: 10_000 }), (_, n) =>
          Effect.tap(Network.connect("127.0.0.1:80", { highWaterMark: 1 }), socket =>
            socket.sendAll(Uint8Array.of(n % 5))
          )
        )
        yield* Effect.sleep("1 second")
        assert.strictEqual((yield* server.connections).length, 10_000)
        const [drained] = yield* logged(server.drain)
        assert.deepStrictEqual(drained, { finished: 4000, interrupted: 4000, stuck: 2000, refused: 0 })
        assert.deepStrictEqual([...reasons].sort(), [
          ["Drained", 4000],
          ["Stuck", 2000],
          ["Succeeded", 4000]
        ])
        // 1 second before the drain, 10 seconds of drainTimeout, and twice 1 second of interruptTimeout.
        assert.strictEqual(yield* Clock.currentTimeMillis, 13_000)
        const seen = yield* Effect.forEach(sockets.slice(0, 5), seenBy)
        assert.deepStrictEqual(
          seen.map(text => text.replace(/\0+/, "data")),
          ["goodbye|end", "late|end", "|Reset", "|Reset", "data|Reset"]
        )
      }),
      { strict: true, window: 4096 }
    ),
  240_000
)
