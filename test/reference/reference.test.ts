/** Runs the examples of the docstrings. Each example is a module in this folder. */
import { assert, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import * as Pump from "../../src/Pump.ts"
import * as Server from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import * as TestCertificates from "../../src/TestCertificates.ts"
import { TestServer } from "../../src/TestServer.ts"
import * as decode from "./decode.ts"
import * as decodeStream from "./decodeStream.ts"
import * as getaddrinfo from "./getaddrinfo.ts"
import { greeter } from "./layer.ts"
import { Admin, Public, servers } from "./layerAs.ts"
import { mailServer } from "./layerScript.ts"
import * as lengthPrefixed from "./lengthPrefixed.ts"
import * as partition from "./partition.ts"
import * as pump from "./pump.ts"
import * as receiveOnce from "./receiveOnce.ts"
import * as tlsLayerConfig from "./tlsLayerConfig.ts"
import * as withConnection from "./withConnection.ts"
import { counted } from "./wrap.ts"

/** A test on a simulated network. On the host `server`, the handler serves each connection. */
const withServer = <A, E>(
  title: string,
  handler: (socket: Socket.Socket) => Effect.Effect<unknown, unknown>,
  test: () => Effect.Effect<A, E, Network.Network | Scope.Scope | SimulatedNetwork.SimulatedNetwork>
) => {
  const serving = Effect.flatMap(Network.listen("[::]:8080"), listener => Server.serve(listener, handler))
  it.live(title, () =>
    SimulatedNetwork.run(
      Effect.suspend(() => Effect.zipRight(SimulatedNetwork.runOn("server", serving), test())),
      { latency: "1 millis" }
    )
  )
}

const greets = (socket: Socket.Socket) => socket.sendText("hello")
const echoes = (socket: Socket.Socket) => Pump.copy(socket, socket)

withServer("Network.withConnection", greets, () =>
  Effect.map(withConnection.program, it => assert.deepStrictEqual(it, Option.some("hello")))
)

withServer("Socket.wrap", greets, () =>
  Effect.gen(function* () {
    let bytes = 0
    const socket = yield* Network.connect("server:8080")
    yield* counted(socket, count => {
      bytes += count
    }).recvAll()
    assert.strictEqual(bytes, 5)
  })
)

it.effect("Framing.decodeStream", () =>
  Effect.map(decodeStream.program, it => assert.deepStrictEqual([...it], [{ a: 1 }, { b: 2 }]))
)

withServer("Client.receiveOnce", greets, () => Effect.map(receiveOnce.program, it => assert.strictEqual(it, "hello")))

withServer("Pump.pump", greets, () =>
  Effect.gen(function* () {
    yield* Effect.forkScoped(pump.program)
    const heard = Network.withConnection("simulated:8081", socket => socket.recvText(1024))
    assert.deepStrictEqual(yield* Effect.retry(heard, { times: 5 }), Option.some("hello"))
  })
)

withServer("Framing.lengthPrefixed", echoes, () =>
  Effect.map(lengthPrefixed.program, it => assert.deepStrictEqual(it, Option.some(Uint8Array.of(1, 2, 3))))
)

withServer("Names.getaddrinfo", greets, () =>
  Effect.map(getaddrinfo.program, ([first]) => assert.include(first, { _tag: "Inet", port: 80 }))
)

it.live("Fault.partition", () =>
  Effect.map(Effect.flip(Effect.scoped(partition.program)), ({ message }) =>
    assert.strictEqual(message, "connect server:8080: timed out after 5s; tried [fd00::2]:8080, 10.0.0.2:8080")
  )
)

it.live("Server.layerAs: each server is a service of its own, and drains alone", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const [open, admin] = [yield* Public, yield* Admin]
      assert.deepStrictEqual([open.address, admin.address].map(String), ["[::]:8080", "127.0.0.1:8081"])
      yield* admin.drain
      assert.strictEqual((yield* Effect.flip(Network.connect(admin.address))).reason, "Refused")
      const hello = yield* Network.withConnection("127.0.0.1:8080", socket => socket.recvText(5))
      assert.deepStrictEqual(hello, Option.some("hello"))
    }).pipe(Effect.provide(servers))
  )
)

it.live("Server.layer", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const { address } = yield* Server.Server
      assert.include(address, { port: 8080 })
      const heard = Network.withConnection("simulated:8080", socket => socket.recvText(1024))
      assert.deepStrictEqual(yield* heard, Option.some("hello"))
    }).pipe(Effect.provide(greeter))
  )
)

it.live("TestServer.layerScript", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const { address, verify } = yield* TestServer
      yield* Network.withConnection(address, socket =>
        Effect.gen(function* () {
          yield* socket.recvLine()
          yield* socket.sendText("EHLO me\r\n")
          yield* socket.recvLine()
          yield* socket.sendText("QUIT\r\n")
          assert.deepStrictEqual(yield* socket.recvLine(), Option.some("221 Bye"))
        })
      )
      yield* verify
    }).pipe(Effect.provide(Layer.fresh(mailServer)))
  )
)

it.live("NodeTls.layerConfig", () =>
  Effect.gen(function* () {
    const authority = yield* TestCertificates.authority()
    const { certificate, key } = yield* authority.issue({ names: ["localhost"] })
    const values = new Map([
      ["TLS_CERTIFICATE", certificate],
      ["TLS_KEY", Redacted.value(key)]
    ])
    yield* Effect.scoped(Layer.build(tlsLayerConfig.layer)).pipe(
      Effect.withConfigProvider(ConfigProvider.fromMap(values))
    )
    const error = yield* Effect.flip(Effect.scoped(Layer.build(tlsLayerConfig.layer)))
    assert.include(String(error), "TLS_CERTIFICATE")
  })
)

it("Encoding.decode", () => {
  assert.include(
    Either.match(decode.program, { onLeft: ({ message }) => message, onRight: () => "" }),
    "'ascii' codec can't decode byte 0xff in position 1: "
  )
})
