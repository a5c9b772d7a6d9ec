/** The simulated network itself: its worlds, hosts, names and delays, and its netstat. */

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as Client from "../src/Client.ts"
import { formatNetstat } from "../src/internal/simulated/world/netstat.ts"
import * as Network from "../src/Network.ts"
import * as SimulatedNetwork from "../src/SimulatedNetwork.ts"
import * as SocketAddress from "../src/SocketAddress.ts"
import * as TestServer from "../src/TestServer.ts"

/** Starts a server that greets each client, on the given host. It stops when the scope closes. */
const greeter = (host: string, port: number) =>
  Layer.build(
    Layer.provide(
      TestServer.layerGreeting("hello", { address: SocketAddress.unsafeInet("0.0.0.0", port) }),
      SimulatedNetwork.layerHost(host)
    )
  )

it.effect("the lesson runs on it unchanged, while a TestClock stands still", () =>
  Effect.gen(function* () {
    const { address } = yield* TestServer.TestServer
    assert.strictEqual(yield* Client.receiveOnce(address), "Connection Established")
    assert.strictEqual(yield* Network.hostname, "simulated")
  }).pipe(
    Effect.provide(Layer.provideMerge(TestServer.layerGreeting("Connection Established"), SimulatedNetwork.layer))
  )
)

describe("hosts", () => {
  it.scoped("reach each other by name and by address, and each has its own ports", () =>
    Effect.gen(function* () {
      yield* greeter("a", 80)
      yield* greeter("b", 80)
      assert.deepStrictEqual(yield* Network.resolve("b"), ["10.0.0.3", "fd00::3"])
      for (const target of ["a:80", "b:80", "10.0.0.3:80"]) {
        assert.strictEqual(yield* Client.receiveOnce(target), "hello", target)
      }
      const refused = yield* Effect.flip(Network.connect("localhost:80"))
      assert.match(refused.message, /^connect localhost:80: connection refused \(ECONNREFUSED\); tried \[::1\]:80, /)
      const unknown = yield* Effect.flip(Network.connect("c:80"))
      assert.strictEqual(unknown.message, 'resolve "c": name not found (ENOTFOUND)')
      const nowhere = yield* Effect.flip(Network.connect("192.0.2.1:80"))
      assert.strictEqual(nowhere.message, "connect 192.0.2.1:80: network is unreachable (ENETUNREACH)")
    }).pipe(Effect.provide(SimulatedNetwork.layer))
  )

  it.scoped("are found by name regardless of case, because addresses have names in lower case", () =>
    Effect.gen(function* () {
      yield* greeter("Server", 80)
      assert.strictEqual(yield* Client.receiveOnce("Server:80"), "hello")
      const world = yield* SimulatedNetwork.SimulatedNetwork
      assert.strictEqual(yield* world.network("SERVER").hostname, "Server")
    }).pipe(Effect.provide(SimulatedNetwork.layer))
  )

  it.scoped("have the addresses from the options, in any notation, or else free ones", () =>
    Effect.gen(function* () {
      const world = yield* SimulatedNetwork.SimulatedNetwork
      const given = world.network("given", { addresses: ["FD00:0:0::9", "10.0.0.3"] })
      assert.deepStrictEqual(yield* given.resolve("given"), ["fd00::9", "10.0.0.3"])
      yield* given.listen(SocketAddress.unsafeInet("::", 80))
      yield* Network.connect("[fd00::9]:80")
      assert.deepStrictEqual(yield* world.network("else").resolve("else"), ["10.0.0.4", "fd00::4"])
      assert.throws(() => world.network("wrong", { addresses: ["nonsense"] }), /nonsense/)
    }).pipe(Effect.provide(SimulatedNetwork.layer))
  )

  it.scoped("of another world are unreachable", () =>
    Effect.gen(function* () {
      yield* Effect.provide(greeter("a", 80), SimulatedNetwork.layer)
      const error = yield* Effect.flip(Network.connect("10.0.0.2:80"))
      assert.strictEqual("reason" in error && error.reason, "NetworkUnreachable")
    }).pipe(Effect.provide(SimulatedNetwork.layer))
  )

  it.scoped("see IPv4 peers as mapped addresses when they listen on `::`", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("[::]:80")
      const client = yield* Network.connect("127.0.0.1:80")
      const { localAddress, remoteAddress } = yield* listener.accept
      assert.strictEqual(String(client.remoteAddress), "127.0.0.1:80")
      assert.deepStrictEqual(
        [String(localAddress), String(remoteAddress)],
        [
          "[::ffff:127.0.0.1]:80",
          `[::ffff:127.0.0.1]:${client.localAddress._tag === "Inet" ? client.localAddress.port : 0}`
        ]
      )
      assert.strictEqual((yield* Effect.flip(Network.listen("0.0.0.0:80"))).reason, "AddressInUse")
      yield* listener.close
      yield* Network.listen("[::]:80", { ipv6Only: true })
      yield* Network.listen("0.0.0.0:80")
    }).pipe(Effect.provide(SimulatedNetwork.layer))
  )
})

it.scoped("a host has no more descriptors than its options say", () =>
  Effect.gen(function* () {
    const world = yield* SimulatedNetwork.SimulatedNetwork
    const network = world.network("small", { descriptors: 2 })
    const listener = yield* network.listen(SocketAddress.unsafeInet("0.0.0.0", 80))
    yield* Network.connect("small:80")
    const other = yield* Network.connect("small:80")
    assert.deepInclude(yield* Effect.flip(other.recv(1)), { _tag: "RecvError", reason: "Reset" })
    assert.deepInclude(yield* listener.stats, { queued: 1, starved: 1 })
    const error = yield* Effect.flip(network.listen(SocketAddress.unsafeInet("0.0.0.0", 81)))
    assert.strictEqual(error.message, "listen 0.0.0.0:81: too many open files (EMFILE)")
    yield* listener.close
    yield* network.listen(SocketAddress.unsafeInet("0.0.0.0", 81))
  }).pipe(Effect.provide(SimulatedNetwork.layer))
)

it.scoped("latency passes on the Clock: a connect takes it twice, a send once", () =>
  Effect.gen(function* () {
    yield* greeter("far", 80)
    const receiving = yield* Effect.fork(Effect.timed(Client.receiveOnce("10.0.0.2:80")))
    yield* TestClock.adjust("19 millis")
    assert.strictEqual((yield* Fiber.poll(receiving))._tag, "None")
    yield* TestClock.adjust("1 second")
    const [, text] = yield* Fiber.join(receiving)
    assert.strictEqual(text, "hello")
    const lines = (yield* SimulatedNetwork.trace).split("\n")
    assert.deepStrictEqual(lines.slice(0, 6), [
      "0 listen 0.0.0.0:80",
      "0 connect 10.0.0.1:49152 > 10.0.0.2:80",
      "10 #1 accept 10.0.0.2:80 > 10.0.0.1:49152",
      "10 #1 data 10.0.0.2:80 > 10.0.0.1:49152 5",
      "10 #1 end 10.0.0.2:80 > 10.0.0.1:49152",
      "10 #1 close 10.0.0.2:80 > 10.0.0.1:49152"
    ])
  }).pipe(Effect.provide(SimulatedNetwork.layerWith({ latency: "10 millis" })))
)

it.live("a window is a whole number of bytes, at least 1", () =>
  Effect.forEach([1.5, 0.5, 0, Number.POSITIVE_INFINITY], window =>
    Effect.gen(function* () {
      const [first, second] = yield* Network.pair
      yield* Effect.fork(first.sendAll(new Uint8Array(3)))
      assert.strictEqual((yield* second.recvExactly(3)).length, 3)
    }).pipe(Effect.scoped, Effect.provide(SimulatedNetwork.layerWith({ window })))
  )
)

it.scoped("the option `latency` does not apply within a host", () =>
  Effect.gen(function* () {
    const listener = yield* Network.listen("127.0.0.1:80")
    const client = yield* Network.connect(listener.address)
    yield* client.sendText("hello")
    assert.strictEqual((yield* (yield* listener.accept).recvExactly(5)).length, 5)
  }).pipe(Effect.provide(SimulatedNetwork.layerWith({ latency: "10 millis" })))
)

it.scoped("netstat shows listeners and connections, with their unread and unsent bytes", () =>
  Effect.gen(function* () {
    const listener = yield* Network.listen("127.0.0.1:80")
    const client = yield* Network.connect(listener.address)
    yield* client.sendText("hello")
    yield* client.shutdownSend
    assert.strictEqual(
      yield* SimulatedNetwork.netstat,
      [
        "host       state       local            remote           unread  unsent  age",
        "simulated  LISTEN      127.0.0.1:80     *                0       0       0 ms",
        "simulated  FIN-WAIT    127.0.0.1:49152  127.0.0.1:80     0       0       0 ms",
        "simulated  CLOSE-WAIT  127.0.0.1:80     127.0.0.1:49152  5       0       0 ms"
      ].join("\n")
    )
  }).pipe(Effect.provide(SimulatedNetwork.layer))
)

it("netstat shows any number of sockets", () => {
  const localAddress = SocketAddress.unsafeInet("127.0.0.1", 80)
  const one = { host: "a", state: "LISTEN", localAddress, remoteAddress: undefined, unread: 0, unsent: 0, age: 0 }
  assert.strictEqual(formatNetstat(Array(200_000).fill(one)).split("\n").length, 200_001)
})
