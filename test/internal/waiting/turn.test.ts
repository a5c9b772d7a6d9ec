/**
 * Timeouts of a process that was busy or asleep for longer than the timeout. The result has arrived meanwhile, and the
 * event loop has not seen it yet.
 */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Client from "../../../src/Client.ts"
import { within } from "../../../src/cli/kit/lookup.ts"
import * as silence from "../../../src/cli/kit/silence.ts"
import * as Fault from "../../../src/Fault.ts"
import { timeoutOption } from "../../../src/internal/waiting/index.ts"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as Server from "../../../src/Server.ts"
import * as SimulatedNetwork from "../../../src/SimulatedNetwork.ts"
import * as Socket from "../../../src/Socket.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import type { ConnectAttempt } from "../../../src/SocketError.ts"

const timeout = Duration.millis(50)

const node = Effect.provide(NodeNetwork.layer)

/** Keeps the event loop busy for longer than `timeout`, and than an attempt runs before the next one begins (250 ms). */
const busy = Effect.sync(() => {
  const end = performance.now() + 300
  while (performance.now() < end);
})

/** Waits for an event of the event loop that is neither a timer nor `setImmediate`. */
const fileEvent = Effect.async<void>(resume => fs.stat(".", () => resume(Effect.void)))

const tick = Effect.async<void>(resume => process.nextTick(() => resume(Effect.void)))

/** Starts `effect`, and then is busy before the event loop can report its result. */
const whileBusy = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.zipRight(
    fileEvent,
    Effect.map(
      Effect.all([effect, Effect.zipRight(Effect.repeatN(tick, 4), busy)], { concurrency: "unbounded" }),
      ([result]) => result
    )
  )

describe("a result that arrived while the process was busy is returned, although the timeout has passed", () => {
  it.scopedLive("a connection to an address", () =>
    Effect.gen(function* () {
      const { address } = yield* Network.listen("127.0.0.1:0")
      assert.deepStrictEqual((yield* whileBusy(Network.connect(address, { timeout }))).remoteAddress, address)
    }).pipe(node)
  )

  it.scopedLive("a connection to a name, and no second address is tried", () =>
    Effect.gen(function* () {
      const { address } = yield* Network.listen("[::1]:0")
      const attempts: Array<ConnectAttempt> = []
      const onAttempt = (attempt: ConnectAttempt) => Effect.sync(() => attempts.push(attempt))
      const target = { host: "localhost", port: SocketAddress.isInet(address) ? address.port : 0 }
      yield* whileBusy(Network.connect(target, { timeout, onAttempt }))
      assert.deepStrictEqual(
        attempts.map(({ address, outcome }) => `${address} ${outcome}`),
        [`${address} Connected`]
      )
    }).pipe(node)
  )

  it.scopedLive("the addresses of a name, on the command line", () =>
    Effect.gen(function* () {
      const found = yield* whileBusy(within(Network.resolve("localhost"), "localhost", timeout))
      assert.isAbove(found.length, 0)
    }).pipe(node)
  )

  it.scopedLive("the first bytes of a message, and the rest of it", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const isFirst = yield* Deferred.make<void>()
      const serve = Effect.gen(function* () {
        const socket = yield* listener.accept
        yield* whileBusy(socket.sendText("first, "))
        yield* Deferred.await(isFirst)
        yield* whileBusy(socket.sendText("rest"))
        yield* socket.close
      })
      yield* Effect.forkScoped(Effect.scoped(serve))
      const pieces: Array<string> = []
      const onText = (text: string) => {
        pieces.push(text)
        return Deferred.succeed(isFirst, undefined)
      }
      const { end } = yield* Client.receiveMessage(listener.address, { timeout, idleTimeout: timeout, onText })
      assert.deepStrictEqual([pieces.join(""), end], ["first, rest", "End"])
    }).pipe(node)
  )

  it.scopedLive("bytes on a socket with a recvTimeout", () =>
    Effect.gen(function* () {
      const [one, other] = yield* Network.pair
      const receiving = yield* Effect.fork(Socket.withTimeouts(other, { recvTimeout: timeout }).recvText(10))
      yield* whileBusy(one.sendText("bytes"))
      assert.deepStrictEqual(yield* Fiber.join(receiving), Option.some("bytes"))
    }).pipe(node)
  )

  for (const [title, options, end] of [
    ["the last bytes for a handler with a handlerTimeout", { handlerTimeout: timeout }, Effect.void],
    ["the last bytes for a handler of a server that drains", { drainTimeout: timeout }, undefined]
  ] as const) {
    it.scopedLive(title, () =>
      Effect.gen(function* () {
        const ended = yield* Deferred.make<string>()
        const listener = yield* Network.listen("127.0.0.1:0")
        const begun = yield* Deferred.make<void>()
        const server = yield* Server.make(
          listener,
          socket => Effect.zipRight(Deferred.succeed(begun, undefined), socket.recv(10)),
          { ...options, onOutcome: ({ reason }) => Deferred.succeed(ended, reason) }
        )
        const client = yield* Network.connect(listener.address)
        yield* Deferred.await(begun)
        const draining = yield* Effect.fork(end ?? server.drain)
        yield* whileBusy(client.sendText("last"))
        yield* Fiber.join(draining)
        assert.strictEqual(yield* Deferred.await(ended), "Succeeded")
      }).pipe(node)
    )
  }

  it.scopedLive("bytes that end the silence of a command", () =>
    Effect.gen(function* () {
      const [one, other] = yield* Network.pair
      const quiet = yield* silence.make("peer", Option.some(timeout))
      const heard = Effect.map(other.recv(10), quiet.broken)
      const idle = yield* Effect.fork(Effect.flip(quiet.lasted))
      yield* whileBusy(Effect.all([one.sendText("bytes"), heard], { concurrency: 2 }))
      assert.isTrue(Option.isNone(yield* Fiber.poll(idle)))
      yield* Fiber.interrupt(idle)
    }).pipe(node)
  )

  it.scopedLive("the send that a close waits for", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const due: Array<() => void> = []
      const wireOf = (feed: Socket.Feed): Socket.Wire => ({
        localAddress: SocketAddress.unixUnnamed,
        remoteAddress: SocketAddress.unixUnnamed,
        resume: () => {},
        pause: () => {},
        write: () => {
          due.push(() => feed.drained())
          return false
        },
        end: () => feed.finished(),
        close: () => {
          log.push("close")
          feed.closed()
        },
        destroy: isReset => {
          log.push(`destroy ${isReset}`)
          feed.closed()
        },
        // The timeout passes first, and then the event loop reports that the bytes were taken.
        after: (_, callback) => {
          const timer = setTimeout(() => {
            setImmediate(() => {
              for (const report of due) report()
            })
            callback()
          }, 1)
          return () => clearTimeout(timer)
        }
      })
      yield* Effect.scoped(
        Effect.gen(function* () {
          const socket = yield* Socket.fromWire(wireOf)
          yield* Effect.fork(Effect.exit(socket.sendText("sent")))
          yield* Effect.yieldNow()
          yield* socket.close
        })
      )
      assert.deepStrictEqual(log, ["close"])
    })
  )
})

for (const to of ["10.0.0.2:80", "server:80"]) {
  it.live(`a simulated connection to ${to} that is made in the moment of its timeout is returned`, () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        yield* SimulatedNetwork.runOn("server", Effect.zipRight(Network.listen("[::]:80"), Effect.never))
        yield* Fault.latency("simulated", "server", "10 millis")
        yield* Effect.sleep("1 second")
        yield* Network.connect(to, { timeout: "20 millis" })
        const error = yield* Effect.flip(Network.connect(to, { timeout: "19 millis" }))
        assert.strictEqual("reason" in error && error.reason, "TimedOut")
      })
    )
  )
}

it.scopedLive("without a result, a timeout passes although the process was busy", () =>
  Effect.gen(function* () {
    assert.isTrue(Option.isNone(yield* whileBusy(timeoutOption(Effect.never, timeout))))
  })
)

it.scoped("a timeout by a TestClock passes in the same adjustment", () =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(timeoutOption(Effect.never, timeout))
    yield* TestClock.adjust(timeout)
    assert.deepStrictEqual(yield* Fiber.poll(fiber), Option.some(yield* Effect.exit(Effect.succeedNone)))
  })
)
