/** What is under way when a host crashes: connects, their answers, and ends. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Fault from "../../src/Fault.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { hosts, meet, simulated, there } from "./between.ts"

/** A program that greets every client and receives nothing. */
const greeting = Effect.flatMap(Network.listen("0.0.0.0:80"), listener =>
  Effect.forever(Effect.flatMap(listener.accept, socket => socket.sendText("hello")))
)

describe("a host that crashes", () => {
  it.live("fails its connects that are under way, and the other host never sees them", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        const listener = yield* b.listen(there)
        const connecting = yield* Effect.fork(Effect.flip(a.connect(there)))
        yield* Effect.sleep(5)
        yield* Effect.scoped(Fault.crash("a"))
        const error = yield* Fiber.join(connecting)
        assert.strictEqual(error.message, "connect 10.0.0.3:80: network is unreachable (ENETDOWN)")
        yield* Effect.sleep("1 hour")
        assert.deepInclude(yield* listener.stats, { queued: 0, accepted: 0, refused: 0 })
        const world = yield* SimulatedNetwork.SimulatedNetwork
        assert.strictEqual((yield* world.netstat).length, 1)
      })
    )
  )

  it.live("does not resend a lost answer: the connect is retried after the restart, or times out", () =>
    simulated(
      Effect.gen(function* () {
        const { a } = yield* hosts
        yield* Effect.asVoid(SimulatedNetwork.runOn("b", greeting))
        yield* Effect.sleep(1)
        const connect = a.connect(there, { timeout: "1 hour" })
        const connecting = yield* Effect.fork(Effect.either(connect))
        yield* Effect.scoped(Effect.zipRight(Fault.partition("b", "a", { oneWay: true }), Effect.sleep(50)))
        yield* Effect.scoped(Effect.zipRight(Fault.crash("b"), Effect.sleep(50)))
        const socket = yield* yield* Fiber.join(connecting)
        assert.strictEqual((yield* socket.recvExactly(5)).length, 5)
        yield* Fault.partition("b", "a", { oneWay: true })
        const hanging = yield* Effect.fork(Effect.flip(connect))
        yield* Effect.sleep(50)
        yield* Fault.crash("b")
        assert.deepInclude(yield* Fiber.join(hanging), { reason: "TimedOut", by: "kernel" })
      })
    )
  )

  it.live("does not know earlier connections after the restart: a peer that sends only its end is reset", () =>
    simulated(
      Effect.gen(function* () {
        const { client } = yield* meet()
        yield* Effect.scoped(Fault.crash("b"))
        yield* client.shutdownSend
        assert.strictEqual((yield* Effect.flip(client.recv(1))).reason, "Reset")
      })
    )
  )
})
