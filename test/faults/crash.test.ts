/** Hosts that crash and restart, and the programs that run on them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import * as Fault from "../../src/Fault.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { faults, hosts, meet, now, simulated, there, twice } from "./between.ts"

/** A program that counts its starts in `disk`, and answers each byte with that number. */
const counter = (disk: Ref.Ref<number>) =>
  Effect.gen(function* () {
    const start = yield* Ref.updateAndGet(disk, n => n + 1)
    const listener = yield* Network.listen("0.0.0.0:80")
    yield* Effect.forever(
      Effect.flatMap(listener.accept, socket =>
        Effect.fork(
          Effect.forever(Effect.zipRight(socket.recvExactly(1), socket.sendAll(Uint8Array.of(start)))).pipe(
            Effect.catchAll(() => Effect.void)
          )
        )
      )
    )
  })

const at = (port: number) => SocketAddress.unsafeInet("10.0.0.2", port)

const down = (host: string) => Effect.scoped(Effect.zipRight(Fault.crash(host), Effect.sleep("10 seconds")))

const fiberOn = <A, E, R>(host: string, program: Effect.Effect<A, E, R>) =>
  Effect.flatMap(SimulatedNetwork.runOn(host, program), ({ fiber }) => fiber)

describe("a program on a host", () => {
  it.live("has the network of its host, and ends when the Scope closes", () =>
    simulated(
      Effect.gen(function* () {
        const ended = yield* Ref.make(false)
        const program = Effect.zipRight(
          Effect.addFinalizer(() => Ref.set(ended, true)),
          Effect.zipRight(Network.hostname, Effect.never)
        )
        const fiber = yield* Effect.scoped(Effect.zipLeft(fiberOn("b", program), Effect.sleep(1)))
        assert.isTrue(Exit.isInterrupted(yield* Fiber.await(fiber)))
        assert.isTrue(yield* Ref.get(ended))
        const name = yield* fiberOn("b", Network.hostname)
        assert.strictEqual(yield* Fiber.join(name), "b")
      })
    )
  )

  it.live("creates its host at once, so that its name can be resolved", () =>
    simulated(
      Effect.gen(function* () {
        yield* SimulatedNetwork.runOn("new", Effect.never)
        assert.deepStrictEqual(yield* Network.resolve("new", { family: "IPv4" }), ["10.0.0.2"])
      })
    )
  )

  it.live("is interrupted by a crash and started again by a restart; state from outside it is kept", () =>
    twice(
      Effect.gen(function* () {
        const { a } = yield* hosts
        const { fiber } = yield* SimulatedNetwork.runOn("b", counter(yield* Ref.make(0)))
        yield* Effect.sleep(1)
        const first = yield* fiber
        const socket = yield* a.connect(there)
        yield* socket.sendText("?")
        assert.strictEqual((yield* socket.recvExactly(1))[0], 1)
        yield* down("b")
        assert.isTrue(Exit.isInterrupted(yield* Fiber.await(first)))
        assert.notStrictEqual(yield* fiber, first)
        yield* Effect.sleep(1)
        const again = yield* a.connect(there)
        yield* again.sendText("?")
        assert.strictEqual((yield* again.recvExactly(1))[0], 2)
        const crashes = (yield* faults).filter(line => line.endsWith("crash b"))
        assert.deepStrictEqual(crashes, ["41 fault crash b", "10041 heal crash b"])
      })
    )
  )

  it.live("that is put on a host that is down runs once when the host restarts", () =>
    simulated(
      Effect.gen(function* () {
        const running = yield* Ref.make(0)
        const counted = (by: number) => Ref.update(running, n => n + by)
        const program = Effect.zipRight(
          Effect.acquireRelease(counted(1), () => counted(-1)),
          Effect.never
        )
        yield* Fault.crash("b")
        yield* Effect.asVoid(SimulatedNetwork.runOn("b", program))
        yield* Effect.sleep(1)
        yield* Fault.restart("b")
        yield* Effect.sleep(1)
        assert.strictEqual(yield* Ref.get(running), 1)
      })
    )
  )
})

describe("a host that crashes", () => {
  it.live("is not noticed: a peer that receives keeps waiting, and a peer that sends is reset after the restart", () =>
    simulated(
      Effect.gen(function* () {
        const { client } = yield* meet()
        yield* Fault.crash("b")
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(client.recv(1), "1 day")))
        yield* client.sendText("hello?")
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(client.recv(1), "1 minute")))
        yield* Fault.restart("B")
        const error = yield* Effect.flip(client.recv(1))
        assert.strictEqual(error.message, "recv 10.0.0.3:80: connection reset by peer (ECONNRESET)")
      })
    )
  )

  for (const timeouts of [{}, { sendTimeout: "1 hour" }] as const) {
    for (const bytes of [5, 1_000_000]) {
      const how = `${bytes} bytes, ${Object.keys(timeouts)[0] ?? "no timeout"}`
      it.live(`and restarts at once resets a send before the send returns (${how})`, () =>
        simulated(
          Effect.gen(function* () {
            const { client } = yield* meet()
            yield* Fault.crash("b")
            yield* Fault.restart("B")
            const held = Socket.withTimeouts(client, timeouts)
            assert.strictEqual((yield* Effect.flip(held.sendAll(new Uint8Array(bytes)))).reason, "Reset")
          }),
          { latency: 0 }
        )
      )
    }
  }

  it.live("and does not restart lets a send time out, and a connect too", () =>
    simulated(
      Effect.gen(function* () {
        const { a, client } = yield* meet()
        yield* Fault.crash("b")
        yield* client.sendText("hello?")
        const connect = yield* Effect.flip(a.connect(there, { timeout: "1 hour" }))
        assert.deepInclude(connect, { reason: "TimedOut", by: "kernel" })
        assert.deepInclude(yield* Effect.flip(client.recv(1)), { reason: "TimedOut", by: "kernel" })
        assert.strictEqual(yield* now, 924_620)
      })
    )
  )

  it.live("refuses connections after the restart if no program listens", () =>
    simulated(
      Effect.gen(function* () {
        const { a } = yield* meet()
        yield* down("b")
        assert.strictEqual((yield* Effect.flip(a.connect(there))).reason, "Refused")
      })
    )
  )

  it.live("loses bytes that are on their way to it, but not bytes that it has sent", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* server.sendText("last words")
        yield* client.sendText("too late")
        yield* Effect.sleep(5)
        yield* Fault.crash("b")
        assert.strictEqual((yield* client.recvExactly(10)).length, 10)
        assert.include(yield* faults, "25 #1 drop data a > b 8")
      })
    )
  )

  it.live("has no sockets any more: waiting operations fail, and sends have no effect", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b, client, server } = yield* meet()
        const receiving = yield* Effect.fork(Effect.flip(server.recv(1)))
        const other = yield* b.listen(SocketAddress.unsafeUnix("/s"))
        const accepting = yield* Effect.fork(Effect.flip(other.accept))
        yield* Effect.sleep(1)
        yield* Fault.crash("b")
        yield* server.sendText("nobody hears it")
        assert.strictEqual((yield* Fiber.join(receiving)).message, "recv 10.0.0.2:49152: no route to host (ENETDOWN)")
        assert.strictEqual((yield* Fiber.join(accepting)).reason, "Closed")
        assert.strictEqual((yield* Effect.flip(server.sendText("x"))).reason, "HostUnreachable")
        assert.strictEqual((yield* Effect.flip(b.connect(there))).reason, "NetworkUnreachable")
        assert.strictEqual((yield* Effect.flip(b.listen(there))).reason, "AddressNotAvailable")
        assert.strictEqual((yield* Effect.flip(b.resolve("a"))).reason, "TryAgain")
        yield* server.close
        yield* other.close
        const world = yield* SimulatedNetwork.SimulatedNetwork
        assert.deepStrictEqual(
          (yield* world.netstat).map(({ host }) => host),
          ["a"]
        )
        yield* client.abort
        yield* a.listen(at(81))
        yield* Fault.restart("b")
        yield* (yield* b.listen(there)).close
      })
    )
  )

  it.live("frees its descriptors and ports, and only once", () =>
    simulated(
      Effect.gen(function* () {
        const world = yield* SimulatedNetwork.SimulatedNetwork
        const b = world.network("b", { descriptors: 2 })
        const a = world.network("a")
        const listener = yield* b.listen(at(80))
        yield* a.connect(at(80))
        const server = yield* listener.accept
        yield* down("b")
        const again = yield* b.listen(at(80))
        yield* server.close
        yield* listener.close
        yield* a.connect(at(80))
        yield* again.accept
        assert.strictEqual((yield* Effect.flip(b.listen(at(81)))).reason, "TooManyOpenFiles")
      })
    )
  )

  it.live("does not wait for an uninterruptible program: it kills the program", () =>
    simulated(
      Effect.gen(function* () {
        const lines = yield* Ref.make<ReadonlyArray<string>>([])
        const say = (line: string) => Ref.update(lines, all => [...all, line])
        const stubborn = Effect.uninterruptible(
          Effect.zipRight(say("start"), Effect.zipRight(Effect.sleep("1 hour"), say("end")))
        )
        const { fiber } = yield* SimulatedNetwork.runOn("b", stubborn)
        yield* Effect.sleep(1)
        const first = yield* fiber
        yield* down("b")
        assert.isTrue(Exit.isInterrupted(yield* Fiber.await(first)))
        yield* Fiber.await(yield* fiber)
        assert.deepStrictEqual(yield* Ref.get(lines), ["start", "start", "end"])
      })
    )
  )

  it.live("twice at the same time restarts once, and a host that is up is not restarted", () =>
    simulated(
      Effect.gen(function* () {
        const starts = yield* Ref.make(0)
        const counted = Ref.update(starts, n => n + 1)
        yield* SimulatedNetwork.runOn("b", Effect.zipRight(counted, Effect.never))
        yield* Fault.restart("b")
        yield* Effect.sleep(1)
        yield* Effect.scoped(Effect.zipRight(Fault.crash("b"), Fault.crash("b")))
        yield* Effect.sleep(1)
        assert.strictEqual(yield* Ref.get(starts), 2)
      })
    )
  )

  it.live("again while it is down stays down until the Scopes of all crashes have closed", () =>
    simulated(
      Effect.gen(function* () {
        const { b } = yield* hosts
        const isUp = Effect.isSuccess(Effect.scoped(b.listen(there)))
        const first = yield* Scope.make()
        const second = yield* Scope.make()
        yield* Scope.extend(Fault.crash("b"), first)
        yield* Effect.scoped(Fault.crash("b"))
        assert.isFalse(yield* isUp)
        yield* Scope.extend(Fault.crash("b"), second)
        yield* Scope.close(first, Exit.void)
        assert.isFalse(yield* isUp)
        yield* Fault.restart("b")
        assert.isTrue(yield* isUp)
        yield* Fault.crash("b")
        yield* Scope.close(second, Exit.void)
        assert.isFalse(yield* isUp)
      })
    )
  )
})
