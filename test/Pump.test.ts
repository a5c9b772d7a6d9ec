import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Supervisor from "effect/Supervisor"
import * as Network from "../src/Network.ts"
import * as Pump from "../src/Pump.ts"
import * as SimulatedNetwork from "../src/SimulatedNetwork.ts"
import type * as Socket from "../src/Socket.ts"
import type { RecvError, SendError } from "../src/SocketError.ts"
import { random } from "./fixtures/codecOracle.ts"
import { onEach } from "./networks.ts"
import { drain, proxied, textFrom } from "./proxied.ts"

const randomBytes = (seed: number, length: number) => {
  const next = random(seed)
  return Uint8Array.from({ length }, () => next(256))
}

const sendInPieces = (socket: Socket.Socket, bytes: Uint8Array, seed: number) =>
  Effect.gen(function* () {
    const next = random(seed)
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + next(60_000)
      yield* socket.sendAll(bytes.subarray(at, end))
      at = end
    }
    yield* socket.shutdownSend
  })

/** Waits until the condition is true. The sleep of 0 gives real sockets a turn of the event loop. */
const until = (condition: Effect.Effect<boolean>) =>
  Effect.repeat(Effect.zipRight(Effect.sleep(0), condition), { until: is => is, times: 50_000 }).pipe(
    Effect.andThen(is => assert.isTrue(is, "the condition did not become true"))
  )

const stalled = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    let last = -1
    let times = 0
    yield* until(
      Effect.map(socket.stats, ({ bytesSent }) => {
        times = bytesSent === last ? times + 1 : 0
        last = bytesSent
        return times === 100
      })
    )
  })

const errorOf = <A>(fiber: Fiber.Fiber<A, RecvError | SendError>) =>
  Effect.map(Fiber.await(fiber), exit => {
    if (Exit.isFailure(exit) && exit.cause._tag === "Fail") return exit.cause.error
    return assert.fail(`expected a failure and nothing else, got ${exit}`)
  })

onEach(test => {
  describe("pump", () => {
    test("copies bytes in both directions at once, counts them, and ends when both peers have ended", () =>
      Effect.gen(function* () {
        const { a, b, client, server } = yield* proxied
        const [question, answer] = [randomBytes(1, 700_000), randomBytes(2, 900_000)]
        const pumping = yield* Effect.fork(Pump.pump(a, b))
        yield* Effect.fork(sendInPieces(client, question, 3))
        yield* Effect.fork(sendInPieces(server, answer, 4))
        const [there, back] = yield* Effect.all([drain(server), drain(client)], { concurrency: 2 })
        assert.deepStrictEqual([there.end, back.end], ["the end", "the end"])
        assert.isTrue(there.bytes.equals(question) && back.bytes.equals(answer))
        assert.deepStrictEqual(yield* Fiber.join(pumping), { aToB: 700_000, bToA: 900_000 })
      }))

    for (const first of ["client", "server"] as const) {
      test(`passes on the end of the ${first}, and then still copies the answer`, () =>
        Effect.gen(function* () {
          const { a, b, client, server } = yield* proxied
          const [asking, answering] = first === "client" ? [client, server] : [server, client]
          const pumping = yield* Effect.fork(Pump.pump(a, b))
          yield* asking.sendText("question")
          yield* asking.shutdownSend
          assert.strictEqual(yield* textFrom(answering), "question, the end")
          assert.isTrue(Option.isNone(yield* Fiber.poll(pumping)))
          for (const part of ["late", " ", "answer"]) yield* answering.sendText(part)
          yield* answering.shutdownSend
          assert.strictEqual(yield* textFrom(asking), "late answer, the end")
          const { aToB, bToA } = yield* Fiber.join(pumping)
          assert.deepStrictEqual([aToB, bToA], first === "client" ? [8, 11] : [11, 8])
        }))

      test(`a reset by the ${first} resets the other peer, and the addresses of the error tell which peer it was`, () =>
        Effect.gen(function* () {
          const { a, b, client, server } = yield* proxied
          const [resetting, other, side] = first === "client" ? [client, server, a] : [server, client, b]
          const pumping = yield* Effect.fork(Pump.pump(a, b))
          yield* resetting.sendText("half a mess")
          assert.strictEqual(String(Buffer.from(yield* other.recvExactly(11))), "half a mess")
          yield* resetting.abort
          assert.strictEqual(yield* textFrom(other), ", Reset")
          const error = yield* errorOf(pumping)
          assert.deepInclude(error, { _tag: "RecvError", reason: "Reset" })
          assert.deepStrictEqual(error.remoteAddress, side.remoteAddress)
          assert.deepInclude(yield* Effect.flip(a.recv(1)), { reason: "Closed" })
          assert.deepInclude(yield* Effect.flip(b.recv(1)), { reason: "Closed" })
        }))
    }

    for (const first of ["client", "server"] as const) {
      test(`if no byte moves for halfOpenTimeout after the end of the ${first}, both peers see a reset`, () =>
        Effect.gen(function* () {
          const { a, b, client, server } = yield* proxied
          const [ending, silent, side] = first === "client" ? [client, server, b] : [server, client, a]
          const pumping = yield* Effect.fork(Pump.pump(a, b, { halfOpenTimeout: "100 millis" }))
          yield* ending.sendText("question")
          yield* ending.shutdownSend
          assert.strictEqual(yield* textFrom(silent), "question, the end")
          assert.strictEqual(yield* textFrom(ending), ", Reset")
          const error = yield* errorOf(pumping)
          assert.deepInclude(error, { _tag: "RecvError", reason: "TimedOut", by: "halfOpenTimeout" })
          assert.deepStrictEqual(error.remoteAddress, side.remoteAddress)
          const refused = yield* Effect.flip(Effect.forever(Effect.zipRight(silent.sendText("x"), Effect.sleep(0))))
          assert.include(["Reset", "BrokenPipe"], refused.reason)
        }))
    }

    test("a reset after the other peer has ended still reaches that peer as a reset", () =>
      Effect.gen(function* () {
        const { a, b, client, server } = yield* proxied
        const pumping = yield* Effect.fork(Pump.pump(a, b))
        yield* client.sendText("question")
        yield* client.shutdownSend
        assert.strictEqual(yield* textFrom(server), "question, the end")
        yield* server.sendText("half an ans")
        yield* client.recvExactly(11)
        yield* server.abort
        assert.strictEqual(yield* textFrom(client), ", Reset")
        assert.deepInclude(yield* errorOf(pumping), { _tag: "RecvError", reason: "Reset" })
      }))

    test("if another fiber closes a pumped socket, the pump fails and the other peer sees a reset", () =>
      Effect.gen(function* () {
        const { a, b, client, server } = yield* proxied
        const pumping = yield* Effect.fork(Pump.pump(a, b))
        yield* client.sendText("x")
        yield* server.recvExactly(1)
        yield* a.close
        assert.strictEqual(yield* textFrom(server), ", Reset")
        assert.deepInclude(yield* errorOf(pumping), { reason: "Closed", localAddress: a.localAddress })
      }))

    test("if a peer has closed, the pump fails to send, and the peer that sends sees a reset", () =>
      Effect.gen(function* () {
        const { a, b, client, server } = yield* proxied
        const pumping = yield* Effect.fork(Pump.pump(a, b))
        yield* server.close
        const failed = yield* Effect.flip(Effect.forever(Effect.zipRight(client.sendText("x"), Effect.sleep(0))))
        assert.include(["Reset", "BrokenPipe"], failed.reason)
        const error = yield* errorOf(pumping)
        assert.deepInclude(error, { _tag: "SendError", remoteAddress: b.remoteAddress })
      }))

    test("if a peer does not receive, the other peer has to wait, and the pump buffers little", () =>
      Effect.gen(function* () {
        const { a, b, client, server } = yield* proxied
        yield* Effect.fork(Pump.pump(a, b))
        const piece = randomBytes(5, 65_521)
        const pieces = 1000
        const sending = yield* Effect.fork(
          Effect.zipRight(Effect.repeatN(client.sendAll(piece), pieces - 1), client.shutdownSend)
        )
        yield* stalled(client)
        assert.isTrue(Option.isNone(yield* Fiber.poll(sending)), "the sender should wait")
        const [from, to] = yield* Effect.all([a.stats, b.stats])
        assert.isAtMost(from.bytesBuffered, (128 + 64) * 1024)
        assert.isAtMost(from.bytesReceived - from.bytesBuffered - (to.bytesSent - to.bytesUnsent), 64 * 1024)
        for (let i = 0; i < pieces; i++) assert.strictEqual(Buffer.compare(yield* server.recvExactly(65_521), piece), 0)
        assert.deepStrictEqual(yield* server.recv(1), Option.none())
        yield* Fiber.join(sending)
      }))

    test("an interrupted pump leaves no fiber running, and both sockets stay usable", () =>
      Effect.gen(function* () {
        const { a, b, client, server } = yield* proxied
        const supervisor = yield* Supervisor.track
        const pump = Effect.supervised(Pump.pump(a, b, { onProgress: () => Effect.void }), supervisor)
        const pumping = yield* Effect.fork(pump)
        yield* client.sendText("x")
        yield* server.recvExactly(1)
        assert.isAbove((yield* supervisor.value).length, 1)
        yield* Fiber.interrupt(pumping)
        assert.deepStrictEqual(yield* supervisor.value, [])
        for (const [mine, theirs] of [
          [a, client],
          [b, server]
        ] as const) {
          yield* theirs.sendText("there")
          assert.deepStrictEqual(yield* mine.recvText(5), Option.some("there"))
          yield* mine.sendText("back")
          assert.deepStrictEqual(yield* theirs.recvText(5), Option.some("back"))
        }
      }))

    test("if the pump is interrupted together with the Scope of its sockets, both peers see a reset", () =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const ready = yield* Deferred.make<void>()
        const connect = Network.connect(listener.address)
        const proxy: Effect.Effect<unknown, unknown, Network.Network | Scope.Scope> = Effect.flatMap(
          Effect.zip(connect, connect),
          ([a, b]) => Effect.zipRight(Deferred.succeed(ready, undefined), Pump.pump(a, b))
        )
        const running = yield* Effect.fork(Effect.scoped(proxy))
        const [one, other] = [yield* listener.accept, yield* listener.accept]
        yield* Deferred.await(ready)
        yield* one.sendText("x")
        yield* other.recvExactly(1)
        yield* Fiber.interrupt(running)
        assert.deepStrictEqual([yield* textFrom(one), yield* textFrom(other)], [", Reset", ", Reset"])
      }))

    test("if onProgress dies, the pump dies and leaves the sockets to their Scopes", () =>
      Effect.gen(function* () {
        const { a, b } = yield* proxied
        const onProgress = () => Effect.dieMessage("a bug")
        const exit = yield* Effect.exit(Pump.pump(a, b, { onProgress, every: 1 }))
        assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
        yield* a.sendText("still open")
      }))
  })

  describe("copy", () => {
    test("copies bytes until the end, counts them, and does not end the other socket", () =>
      Effect.gen(function* () {
        const { a, b, client, server } = yield* proxied
        const sent = randomBytes(6, 500_000)
        yield* Effect.fork(sendInPieces(client, sent, 7))
        const copying = yield* Effect.fork(Pump.copy(a, b))
        assert.strictEqual(Buffer.compare(yield* server.recvExactly(500_000), sent), 0)
        assert.strictEqual(yield* Fiber.join(copying), 500_000)
        yield* b.sendText("and more")
        assert.deepStrictEqual(yield* server.recvText(8), Option.some("and more"))
      }))

    test("sends the bytes before a reset, then fails, and leaves the other socket open", () =>
      Effect.gen(function* () {
        const { a, b, client, server } = yield* proxied
        yield* client.sendText("before")
        yield* a.peekFull(6)
        yield* client.abort
        assert.deepInclude(yield* Effect.flip(Pump.copy(a, b)), { _tag: "RecvError", reason: "Reset" })
        yield* b.sendText(" and after")
        yield* b.shutdownSend
        assert.strictEqual(yield* textFrom(server), "before and after, the end")
      }))
  })
})

it.live("halfOpenTimeout counts only the time in which no byte moves, and nothing before the first end", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const { a, b, client, server } = yield* proxied
      const pumping = yield* Effect.fork(Pump.pump(a, b, { halfOpenTimeout: "2 minutes" }))
      yield* Effect.sleep("5 minutes")
      yield* client.shutdownSend
      yield* Effect.repeatN(Effect.delay(server.sendText("x"), "1 minute"), 7)
      yield* server.shutdownSend
      assert.strictEqual(yield* textFrom(client), "xxxxxxxx, the end")
      assert.deepStrictEqual(yield* Fiber.join(pumping), { aToB: 0, bToA: 8 })
    })
  )
)
