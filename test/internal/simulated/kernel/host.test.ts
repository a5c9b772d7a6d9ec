/** Descriptors and ports of simulated hosts: what uses them, what releases them, and what happens when none is left. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import type * as Listener from "../../../../src/Listener.ts"
import type * as Network from "../../../../src/Network.ts"
import * as SocketAddress from "../../../../src/SocketAddress.ts"
import { worldOf } from "../worlds.ts"

const at = (port: number, host = "127.0.0.1") => SocketAddress.unsafeInet(host, port)

const portOf = ({ localAddress }: { readonly localAddress: SocketAddress.SocketAddress }) =>
  localAddress._tag === "Inet" ? localAddress.port : 0

/** Programs that use one or two sockets of a host, and release them. */
const passing: ReadonlyArray<
  readonly [
    what: string,
    passes: (network: Network.Service, listener: Listener.Listener) => Effect.Effect<unknown, unknown>
  ]
> = [
  ["a connect that is refused", network => Effect.scoped(Effect.flip(network.connect(at(9))))],
  ["a connect to an unreachable address", network => Effect.scoped(Effect.flip(network.connect(at(9, "192.0.2.1"))))],
  ["a listen on an address in use", network => Effect.scoped(Effect.flip(network.listen(at(80))))],
  ["a listen on an address of another host", network => Effect.scoped(Effect.flip(network.listen(at(0, "192.0.2.1"))))],
  ["a listener that closes", network => Effect.scoped(network.listen(at(0)))],
  [
    "a connection whose scopes close",
    (network, listener) => Effect.scoped(Effect.zipRight(network.connect(listener.address), listener.accept))
  ],
  [
    "a client that closes before it is accepted",
    (network, listener) =>
      Effect.zipRight(
        Effect.scoped(network.connect(listener.address)),
        Effect.scoped(Effect.flatMap(listener.accept, server => server.recv(1)))
      )
  ],
  [
    "a client that resets before it is accepted",
    (network, listener) =>
      Effect.zipRight(
        Effect.scoped(Effect.flatMap(network.connect(listener.address), client => client.abort)),
        Effect.scoped(Effect.flatMap(listener.accept, server => Effect.flip(server.recv(1))))
      )
  ]
]

describe("descriptors", () => {
  it.scoped("when none is left, a listen fails, and so does a connect", () =>
    Effect.gen(function* () {
      const { network } = yield* worldOf({})
      const host = network("few", 1)
      yield* host.listen(at(80))
      const listen = yield* Effect.flip(host.listen(at(81)))
      assert.strictEqual(listen.message, "listen 127.0.0.1:81: too many open files (EMFILE)")
      const connect = yield* Effect.flip(host.connect(at(80)))
      assert.strictEqual(connect.message, "connect 127.0.0.1:80: too many open files (EMFILE)")
      assert.strictEqual(connect.reason, "TooManyOpenFiles")
      const unix = yield* Effect.flip(host.listen(SocketAddress.unsafeUnix("/s")))
      assert.strictEqual(unix.message, "listen unix:/s: too many open files (EMFILE)")
    })
  )

  it.scoped("a connection that arrives when none is left is reset, counted and logged, and a later one is served", () =>
    Effect.gen(function* () {
      const { network } = yield* worldOf({})
      const logged: Array<unknown> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ message }) => logged.push(...[message].flat()))
      )
      const listener = yield* Effect.provide(network("few", 2).listen(at(80, "0.0.0.0")), logger)
      const client = network("client")
      const first = yield* client.connect(at(80, "10.0.0.1"))
      const second = yield* client.connect(at(80, "10.0.0.1"))
      const error = yield* Effect.flip(second.recv(1))
      assert.strictEqual(error.message, "recv 10.0.0.1:80: connection reset by peer (ECONNRESET)")
      assert.deepStrictEqual(yield* listener.stats, { queued: 1, accepted: 0, refused: 0, starved: 1 })
      yield* Effect.yieldNow()
      assert.strictEqual(logged.length, 1)
      assert.match(String(logged[0]), /^accept 0\.0\.0\.0:80: too many open files: 1 connection refused so far; /)
      yield* (yield* listener.accept).close
      yield* first.close
      yield* client.connect(at(80, "10.0.0.1"))
      assert.strictEqual((yield* listener.stats).queued, 1)
    })
  )

  for (const [what, passes] of passing) {
    it.scoped(`${what} releases its descriptors and ports`, () =>
      Effect.gen(function* () {
        const { network, world } = yield* worldOf({})
        const host = network("few", 3)
        const listener = yield* host.listen(at(80))
        for (let n = 0; n < 10; n++) yield* passes(host, listener)
        const few = world.host("few")
        assert.deepStrictEqual([few.descriptorsLeft, few.endpoints.size, few.listening.length], [2, 0, 1])
      })
    )
  }

  it.scoped("of a connection that broke, or ended in both directions, are released before it is closed", () =>
    Effect.gen(function* () {
      const { network, world } = yield* worldOf({})
      const host = network("host")
      const listener = yield* host.listen(at(80))
      const taken = world.host("host").endpoints
      const broken = yield* host.connect(listener.address)
      yield* (yield* listener.accept).abort
      assert.strictEqual((yield* Effect.flip(broken.recv(1))).reason, "Reset")
      assert.strictEqual(taken.size, 0)
      const ended = yield* host.connect(listener.address)
      const other = yield* listener.accept
      yield* Effect.all([ended.shutdownSend, other.shutdownSend])
      assert.strictEqual(taken.size, 0)
      assert.strictEqual((yield* ended.recv(1))._tag, "None")
    })
  )
})

describe("ports", () => {
  it.scoped("a client does not get the port of a listener or of an accepted connection", () =>
    Effect.gen(function* () {
      const { network, world } = yield* worldOf({})
      const host = network("host")
      const listener = yield* host.listen(at(49152))
      const client = yield* host.connect(listener.address)
      assert.strictEqual(portOf(client), 49153)
      yield* listener.accept
      yield* listener.close
      const another = yield* host.listen(at(80))
      // Uses up the ephemeral ports, so that the next search begins again at the first one.
      for (let n = 0; n < 16_382; n++) world.host("host").freePort()
      assert.strictEqual(portOf(yield* host.connect(another.address)), 49154)
    })
  )

  it.scoped("a listener cannot have the port of a client, also after another listener on that port has closed", () =>
    Effect.gen(function* () {
      const { network } = yield* worldOf({})
      const host = network("host")
      const listener = yield* host.listen(at(80))
      const client = yield* host.connect(listener.address)
      assert.strictEqual((yield* Effect.flip(host.listen(client.localAddress))).code, "EADDRINUSE")
      yield* Effect.scoped(host.listen(at(portOf(client), "::1")))
      assert.strictEqual((yield* Effect.flip(host.listen(client.localAddress))).code, "EADDRINUSE")
      yield* client.close
      yield* host.listen(client.localAddress)
    })
  )

  it.scoped("a connect to the port that it would get as its local port is Refused, and leaves the port free", () =>
    Effect.gen(function* () {
      const { network } = yield* worldOf({})
      const host = network("host")
      const first = yield* host.connect((yield* host.listen(at(80))).address)
      const next = at(portOf(first) + 1)
      assert.strictEqual((yield* Effect.flip(host.connect(next))).reason, "Refused")
      yield* host.listen(next)
    })
  )

  it.scoped("when all are in use, a connect fails, and a released port can be used again", () =>
    Effect.gen(function* () {
      const { network, world } = yield* worldOf({})
      const host = network("host")
      const listener = yield* host.listen(at(80))
      const first = yield* host.connect(listener.address)
      for (let port = portOf(first) + 1; port <= 65_535; port++) world.host("host").allocate(at(port), true)
      const error = yield* Effect.flip(host.connect(listener.address))
      assert.strictEqual(error.message, "connect 127.0.0.1:80: no local port is free (EADDRNOTAVAIL)")
      assert.strictEqual(error.reason, "NoLocalPort")
      yield* first.abort
      assert.strictEqual(portOf(yield* host.connect(listener.address)), portOf(first))
    })
  )
})

describe("connects that are interrupted", () => {
  for (const [when, waits, seen] of [
    ["before they reach the other host", 5, 0],
    ["before the answer of the other host arrives", 15, 1]
  ] as const) {
    it.scoped(`${when}: nothing is left, and a server that has the connection sees a reset`, () =>
      Effect.gen(function* () {
        const { network, world } = yield* worldOf({ latency: 10 })
        const listener = yield* network("server").listen(at(80, "0.0.0.0"))
        const connecting = yield* Effect.fork(Effect.scoped(network("client", 1).connect(at(80, "10.0.0.1"))))
        yield* TestClock.adjust(waits)
        yield* Fiber.interrupt(connecting)
        assert.strictEqual(world.host("client").descriptorsLeft, 1)
        yield* TestClock.adjust(100)
        assert.strictEqual((yield* listener.stats).queued, seen)
        if (seen === 1) {
          const server = yield* listener.accept
          assert.strictEqual((yield* Effect.flip(server.recv(1))).reason, "Reset")
        }
        assert.strictEqual(world.host("server").endpoints.size, 0)
      })
    )
  }

  it.scoped("when the answer arrives: nothing is left on either side", () =>
    Effect.gen(function* () {
      const { network, world } = yield* worldOf({ latency: 10 })
      const listener = yield* network("server").listen(at(80, "0.0.0.0"))
      const connect = network("client", 1).connect(at(80, "10.0.0.1"), { timeout: Number.POSITIVE_INFINITY })
      const connecting = yield* Effect.fork(Effect.scoped(Effect.zipRight(connect, Effect.never)))
      yield* TestClock.adjust(10)
      world.timeline.after(10, () => connecting.unsafeInterruptAsFork(FiberId.none))
      yield* TestClock.adjust(10)
      yield* Fiber.await(connecting)
      assert.deepStrictEqual([world.host("client").endpoints.size, world.host("client").descriptorsLeft], [0, 1])
      yield* TestClock.adjust(10)
      yield* (yield* listener.accept).close
      assert.strictEqual(world.host("server").endpoints.size, 0)
    })
  )
})

it.scoped(
  "a reverse lookup finds localhost for a loopback address, the host of its own addresses, and nothing else",
  () =>
    Effect.gen(function* () {
      const { network } = yield* worldOf({})
      const [one] = [network("one"), network("two")]
      const names = yield* Effect.forEach(["127.0.0.1", "::1", "10.0.0.1", "fd00::2"], one.reverse)
      assert.deepStrictEqual(names, ["localhost", "localhost", "one", "two"])
      assert.strictEqual((yield* Effect.flip(one.reverse("192.0.2.1"))).reason, "NotFound")
    })
)
