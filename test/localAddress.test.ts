/** Connects from a local address and port that the caller chooses. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Network from "../src/Network.ts"
import * as SimulatedNetwork from "../src/SimulatedNetwork.ts"
import * as SocketAddress from "../src/SocketAddress.ts"
import type { ConnectAttempt } from "../src/SocketError.ts"
import { onEach } from "./networks.ts"

/** A port that no socket uses. */
const freePort = Effect.scoped(
  Effect.map(Network.listen("127.0.0.1:0"), ({ address }) => (address as SocketAddress.Inet).port)
)

onEach(test => {
  test("one local port can have connections to two addresses at the same time", () =>
    Effect.gen(function* () {
      const listeners = yield* Effect.all([Network.listen("127.0.0.1:0"), Network.listen("127.0.0.1:0")])
      const localPort = yield* freePort
      for (const { accept, address } of listeners) {
        const [client, server] = yield* Effect.all([Network.connect(address, { localPort }), accept], {
          concurrency: 2
        })
        assert.strictEqual(SocketAddress.format(client.localAddress), `127.0.0.1:${localPort}`)
        assert.deepStrictEqual(server.remoteAddress, client.localAddress)
      }
    }))

  test("after an abort, the local port can be used again", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const localPort = yield* freePort
      for (let n = 0; n < 3; n++) {
        const connect = Network.connect(listener.address, { localAddress: "127.0.0.1", localPort })
        const [client] = yield* Effect.all([connect, listener.accept], { concurrency: 2 })
        yield* client.abort
      }
    }))

  test("the wildcard address as localAddress only chooses the family", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const [client] = yield* Effect.all(
        [Network.connect(listener.address, { localAddress: "0.0.0.0" }), listener.accept],
        { concurrency: 2 }
      )
      assert.strictEqual((client.localAddress as SocketAddress.Inet).host, "127.0.0.1")
    }))

  test("the error has the local address and port that were asked for, and its message names them", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const { port } = listener.address as SocketAddress.Inet
      const taken = yield* Network.listen("127.0.0.1:0")
      const { port: localPort } = taken.address as SocketAddress.Inet
      for (const [options, from, reason] of [
        [{ localAddress: "192.0.2.1" }, "192.0.2.1", "AddressNotAvailable"],
        [{ localAddress: "::1" }, "::1", "AddressNotAvailable"],
        [{ localPort }, `port ${localPort}`, "AddressInUse"],
        [{ localAddress: "127.0.0.1", localPort }, `127.0.0.1:${localPort}`, "AddressInUse"]
      ] as const) {
        const error = yield* Effect.flip(Network.connect(listener.address, options))
        assert.deepInclude(error, { _tag: "ConnectError", reason })
        assert.include(error.message, `connect 127.0.0.1:${port} from ${from}: `)
      }
    }))

  test("a Unix path cannot be connected from an IP address", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Network.connect("unix:/run/none", { localAddress: "127.0.0.1" }))
      assert.deepInclude(error, { _tag: "ConnectError", reason: "AddressNotAvailable" })
    }))
})

it.live("only addresses of the family of localAddress are tried", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const listener = yield* Network.listen("[::]:80")
      const tried: Array<string> = []
      const onAttempt = ({ address }: ConnectAttempt) =>
        Effect.sync(() => {
          tried.push(address._tag === "Inet" ? address.family : address._tag)
        })
      for (const [localAddress, family] of [
        ["10.0.0.2", "IPv4"],
        ["2001:db8::1", "IPv6"]
      ] as const) {
        const connect = Network.connect("client:80", { localAddress, onAttempt })
        const [client] = yield* Effect.all([connect, listener.accept], { concurrency: 2 })
        assert.strictEqual((client.localAddress as SocketAddress.Inet).host, localAddress)
        assert.deepStrictEqual(tried.splice(0), [family])
      }
    }).pipe(
      Effect.scoped,
      Effect.provide(SimulatedNetwork.layerHost("client", { addresses: ["10.0.0.1", "10.0.0.2", "2001:db8::1"] }))
    )
  )
)
