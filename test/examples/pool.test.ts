/** The example `pool`. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Fault from "effect-sockets/Fault"
import * as Network from "effect-sockets/Network"
import * as Server from "effect-sockets/Server"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import type * as Socket from "effect-sockets/Socket"
import * as SocketAddress from "effect-sockets/SocketAddress"
import { ask, program } from "../../examples/pool/pool.ts"
import { onBoth, twice } from "./onBoth.ts"

/** Answers each line with the same line, after `before` has completed. */
const answering =
  (before: (line: string) => Effect.Effect<void> = () => Effect.void) =>
  (socket: Socket.Socket) =>
    Stream.runForEach(socket.lines(), line => Effect.zipRight(before(line), socket.sendText(`${line}\n`)))

/** Starts a server that counts its connections. */
const answeringServer = (before?: (line: string) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen(SocketAddress.unsafeInet("127.0.0.1", 0))
    let connected = 0
    const counted = (socket: Socket.Socket) =>
      Effect.suspend(() => {
        connected += 1
        return answering(before)(socket)
      })
    yield* Effect.forkScoped(Server.serve(listener, counted))
    return { address: listener.address, connected: () => connected }
  })

const lines = Array.from({ length: 20 }, (_, n) => `this is line ${n}`)

describe("the pool", () => {
  onBoth(
    "many fibers share a few connections, and each gets the answer to its own line",
    Effect.gen(function* () {
      const { address, connected } = yield* answeringServer()
      const { use } = yield* program(address, 3)
      const all = Effect.forEach(lines, line => use(ask(line)), { concurrency: "unbounded" })
      assert.deepStrictEqual([yield* all, yield* all], [lines, lines])
      assert.isAtMost(connected(), 3)
    })
  )

  onBoth(
    "the connection of an interrupted talk is not used again",
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const { address, connected } = yield* answeringServer(line =>
        line === "slow" ? Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never) : Effect.void
      )
      const { use } = yield* program(address, 1)
      const slow = yield* Effect.fork(use(ask("slow")))
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(slow)
      assert.strictEqual(yield* use(ask("fast")), "fast")
      assert.strictEqual(connected(), 2)
    })
  )

  it.live("a talk cut by a crash is repeated after the server has restarted", () =>
    twice(
      Effect.gen(function* () {
        const serving = Effect.flatMap(Network.listen("[::]:80"), listener => Server.serve(listener, answering()))
        yield* Effect.asVoid(SimulatedNetwork.runOn("server", serving))
        const { use } = yield* program("server:80", 3)
        const all = Effect.forEach(lines, line => use(ask(line)), { concurrency: "unbounded" })
        assert.deepStrictEqual(yield* all, lines)
        const outage = Effect.scoped(Effect.zipRight(Fault.crash("server"), Effect.sleep("4 seconds")))
        yield* Effect.fork(outage)
        assert.deepStrictEqual(yield* all, lines)
      })
    )
  )
})
