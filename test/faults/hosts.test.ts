/** Faults of hosts other than crashes: refused and hanging connects, failing operations, descriptors and names. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fault from "../../src/Fault.ts"
import * as Latency from "../../src/Latency.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { faults, hosts, meet, now, simulated, there } from "./between.ts"

describe("connects", () => {
  it.live("are refused while the fault lasts, with the error of TCP", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        yield* b.listen(there)
        const error = yield* Effect.scoped(Effect.zipRight(Fault.refuse("b"), Effect.flip(a.connect(there))))
        assert.strictEqual(error.message, "connect 10.0.0.3:80: connection refused (ECONNREFUSED)")
        assert.strictEqual(yield* now, 20)
        yield* a.connect(there)
        assert.deepStrictEqual(yield* faults, ["0 fault refuse b", "20 heal refuse b"])
      })
    )
  )

  it.live("are not refused over a Unix socket, which needs no network", () =>
    simulated(
      Effect.gen(function* () {
        const { b } = yield* hosts
        const { address } = yield* b.listen(SocketAddress.unsafeUnix("/s"))
        yield* Fault.refuse("b")
        yield* b.connect(address)
      })
    )
  )

  it.live("hang while the fault lasts, and succeed when they are retried after it", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        yield* b.listen(there)
        yield* Effect.fork(Effect.scoped(Effect.zipRight(Fault.hang("b"), Effect.sleep("10 seconds"))))
        yield* Effect.sleep(1)
        const error = yield* Effect.flip(a.connect(there, { timeout: "2 seconds" }))
        assert.deepInclude(error, { reason: "TimedOut", by: "timeout" })
        yield* a.connect(there)
        assert.strictEqual(yield* now, 2001 + 15_000 + 20)
        assert.include(yield* faults, "1 drop connect a > b")
      })
    )
  )
})

describe("operations that are made to fail", () => {
  it.live("fail as many times as requested, only on their host, with the error of the system", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        yield* b.listen(there)
        yield* Fault.failNext("a", "connect", "HostUnreachable", 2)
        for (const _ of [1, 2]) {
          const error = yield* Effect.flip(a.connect(there))
          assert.strictEqual(error.message, "connect 10.0.0.3:80: no route to host (EHOSTUNREACH)")
        }
        yield* a.connect(there)
        assert.deepStrictEqual(yield* faults, ["0 fault fail connect a", "0 fail connect a", "0 fail connect a"])
      })
    )
  )

  it.live("fail with the reason that was requested, also if this machine is the cause", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        yield* b.listen(there)
        for (const reason of ["NoLocalPort", "AddressNotAvailable", "TooManyOpenFiles", "BacklogFull"] as const) {
          yield* Fault.failNext("a", "connect", reason)
          assert.strictEqual((yield* Effect.flip(a.connect(there))).reason, reason)
        }
      })
    )
  )

  it.live("do not fail any more when the Scope has closed", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        yield* Effect.scoped(Fault.failNext("b", "listen", "AddressInUse", 5))
        yield* b.listen(there)
        yield* a.connect(there)
      })
    )
  )

  it.live("can be a listen or a lookup", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        yield* Fault.failNext("b", "listen", "PermissionDenied")
        const listen = yield* Effect.flip(b.listen(there))
        assert.match(listen.message, /^listen 10\.0\.0\.3:80: permission denied \(EACCES\)/)
        yield* Fault.failNext("a", "resolve", "TryAgain")
        const resolve = yield* Effect.flip(a.resolve("b"))
        assert.strictEqual(resolve.message, 'resolve "b": temporary failure in name resolution (EAI_AGAIN)')
        assert.deepStrictEqual(yield* a.resolve("b"), ["10.0.0.3", "fd00::3"])
      })
    )
  )

  it.live("can be a send, which breaks the connection", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Fault.failNext("a", "send", "TimedOut")
        const error = yield* Effect.flip(client.sendText("hello"))
        assert.strictEqual(error.message, "send 10.0.0.3:80: timed out (ETIMEDOUT)")
        assert.strictEqual((yield* Effect.flip(client.recv(1))).reason, "TimedOut")
        yield* server.sendText("hello?")
        assert.strictEqual((yield* Effect.flip(server.recv(1))).reason, "Reset")
      })
    )
  )

  it.live("can be a receive, which fails when there is something to receive", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Fault.failNext("b", "recv", "HostUnreachable")
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(server.recv(1), "1 second")))
        yield* client.sendText("hello")
        const error = yield* Effect.flip(server.recv(1))
        assert.strictEqual(error.message, "recv 10.0.0.2:49152: no route to host (EHOSTUNREACH)")
      })
    )
  )
})

describe("a table of descriptors", () => {
  it.live("is full while the fault lasts: listens and connects fail, and a connection to the host is reset", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b, client } = yield* meet()
        const at = SocketAddress.unsafeInet("10.0.0.3", 81)
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.descriptors("b", 2)
            const listen = yield* Effect.flip(b.listen(at))
            assert.strictEqual(listen.message, "listen 10.0.0.3:81: too many open files (EMFILE)")
            yield* Fault.descriptors("a", 0)
            const connect = yield* Effect.flip(a.connect(there))
            assert.strictEqual(connect.message, "connect 10.0.0.3:80: too many open files (EMFILE)")
          })
        )
        yield* client.sendText("still there")
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.descriptors("b", 2)
            const late = yield* a.connect(there)
            assert.strictEqual((yield* Effect.flip(late.recv(1))).reason, "Reset")
          })
        )
        yield* b.listen(at)
        yield* a.connect(at)
        assert.strictEqual((yield* faults).filter(line => line.includes("fault descriptors")).length, 3)
      })
    )
  )
})

describe("names", () => {
  it.live("are slow, and a connect to a name waits no longer than its timeout", () =>
    simulated(
      Effect.gen(function* () {
        const { a } = yield* meet()
        yield* Fault.slowNames("a", "5 seconds")
        const start = yield* now
        yield* a.resolve("b")
        assert.strictEqual((yield* now) - start, 5000)
        const target = yield* SocketAddress.hostPort("b", 80)
        const error = yield* Effect.flip(a.connect(target, { timeout: "2 seconds" }))
        assert.strictEqual(error.message, "connect b:80: timed out after 2s")
        yield* a.connect(target)
        assert.include(yield* faults, "20 delay resolve a > b")
        yield* Fault.slowNames("a", Latency.uniform("1 second", "2 seconds"))
        const [taken] = yield* Effect.timed(a.resolve("b"))
        assert.isTrue(Duration.between(taken, { minimum: "1 second", maximum: "2 seconds" }))
      })
    )
  )
})
