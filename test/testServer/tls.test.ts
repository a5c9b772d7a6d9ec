/** Test servers with TLS: what their clients see, what they record, and TLS in virtual time. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Fault from "../../src/Fault.ts"
import * as Network from "../../src/Network.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as TestCertificates from "../../src/TestCertificates.ts"
import * as TestServer from "../../src/TestServer.ts"
import * as Tls from "../../src/Tls.ts"
import { onEach } from "../networks.ts"
import { seenBy } from "../server/watched.ts"

const name = "localhost"
const samples = Effect.runSync(TestCertificates.samples(name))

const contextOf = (identity: Tls.Identity) => Effect.runSync(Effect.provide(Tls.context({ identity }), NodeTls.layer))
const tls = { context: contextOf(samples.valid) }
const trusting = Effect.runSync(Effect.provide(Tls.context({ ca: samples.ca }), NodeTls.layer))
const trusting12 = Effect.runSync(Effect.provide(Tls.context({ ca: samples.ca, maxVersion: "1.2" }), NodeTls.layer))

const server = TestServer.TestServer

const connect = (options?: Partial<Tls.ConnectOptions>) =>
  Effect.flatMap(server, ({ address }) => Tls.connect(address, { name, context: trusting, ...options }))

/** The reason for which the handshake of a client fails. */
const refusal = (options?: Partial<Tls.ConnectOptions>) =>
  Effect.map(Effect.flip(connect(options)), error => (error._tag === "TlsError" ? error.reason : error._tag))

onEach(declare => {
  const test = <A, E>(title: string, program: () => Effect.Effect<A, E, Network.Network | Tls.Tls | Scope.Scope>) =>
    declare(title, () => Effect.provide(program(), NodeTls.layer))

  describe("a test server with TLS", () => {
    test("echoes, and records decrypted bytes and what was negotiated", () =>
      Effect.gen(function* () {
        const socket = yield* connect()
        yield* socket.sendText("hello")
        yield* socket.shutdownSend
        assert.strictEqual(yield* seenBy(socket), "hello|end")
        const { end, info, received } = yield* Effect.flatMap(server, ({ awaitEnd }) => awaitEnd(0))
        assert.strictEqual(new TextDecoder().decode(received), "hello")
        assert.deepStrictEqual([end, info?.version, info?.serverName], ["End", "1.3", Option.some(name)])
      }).pipe(Effect.provide(TestServer.layerEcho({ tls }))))

    test("plays scripts", () =>
      Effect.gen(function* () {
        const socket = yield* connect()
        assert.strictEqual(Option.getOrThrow(yield* socket.recvLine()), "220 ready")
        yield* socket.sendText("QUIT\r\n")
        assert.strictEqual(yield* seenBy(socket), "|end")
        yield* Effect.flatMap(server, ({ verify }) => verify)
      }).pipe(
        Effect.provide(
          TestServer.layerScript([TestServer.send("220 ready\r\n"), TestServer.expect("QUIT\r\n"), TestServer.close], {
            tls
          })
        )
      ))

    for (const [sample, reason] of [
      ["expired", "Expired"],
      ["notYetValid", "NotYetValid"],
      ["wrongName", "WrongName"],
      ["unknownAuthority", "Untrusted"]
    ] as const) {
      test(`with the certificate ${sample} is refused with reason ${reason}, and records the failed handshake`, () =>
        Effect.gen(function* () {
          assert.strictEqual(yield* refusal(), reason)
          const { bytesReceived, end, handshakeError } = yield* Effect.flatMap(server, ({ awaitEnd }) => awaitEnd(0))
          assert.strictEqual(bytesReceived, 0)
          assert.deepStrictEqual([end, handshakeError?.reason], ["End", "Ended"])
        }).pipe(Effect.provide(TestServer.layerEcho({ tls: { context: contextOf(samples[sample]) } }))))
    }

    test("that truncates gives all bytes and then Truncated, and the end to a client that does not require more", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* seenBy(yield* connect()), "half a mess|Truncated")
        assert.strictEqual(yield* seenBy(yield* connect({ closeNotify: "optional" })), "half a mess|end")
      }).pipe(Effect.provide(TestServer.layerTruncated("half a mess", { tls }))))

    test("that resets after its handshake gives Reset", () =>
      Effect.gen(function* () {
        const seen = yield* Effect.flatMap(connect(), socket =>
          Effect.zipRight(Effect.ignore(socket.sendText("x")), seenBy(socket))
        )
        assert.strictEqual(seen, "|Reset")
      }).pipe(Effect.provide(TestServer.layerResetAfter(1, { tls }))))
  })

  describe("a test server without TLS", () => {
    test("that greets in plain text makes the handshake of a client fail with NotTls", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* refusal(), "NotTls")
      }).pipe(Effect.provide(TestServer.layerGreeting("220 mail.example.org ESMTP\r\n"))))

    test("that is silent makes the handshake of a client time out", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* refusal({ handshakeTimeout: "100 millis" }), "TimedOut")
      }).pipe(Effect.provide(TestServer.layerSilent())))

    test("that closes at once makes the handshake of a client fail with Ended or Reset", () =>
      Effect.gen(function* () {
        assert.include(["Ended", "Reset"], yield* refusal())
      }).pipe(Effect.provide(TestServer.layerCloseAtOnce())))
  })
})

type Needs = Network.Network | SimulatedNetwork.SimulatedNetwork | Scope.Scope | TestServer.TestServer | Tls.Tls

/** Runs a client on one host and an echo server on another, 10 ms apart. */
const apart = <A, E>(program: Effect.Effect<A, E, Needs>) =>
  program.pipe(
    Effect.provide(
      TestServer.layerEcho({ tls, address: "[::]:443" }).pipe(Layer.provide(SimulatedNetwork.layerHost("server")))
    ),
    Effect.provide(NodeTls.layer)
  )

const options = { latency: 10, strict: true } as const

const simulated = <A, E>(title: string, program: Effect.Effect<A, E, Needs>) =>
  it.live(title, () => SimulatedNetwork.run(apart(program), options))

const secure = (given?: Partial<Tls.ClientOptions>) =>
  Effect.flatMap(Network.connect("server:443"), plain => Tls.client(plain, { name, context: trusting, ...given }))

const now = Clock.currentTimeMillis

const roundTrip = (socket: Tls.TlsSocket) => Effect.zipRight(socket.sendText("ping"), socket.recvExactly(4))

describe("in virtual time", () => {
  simulated(
    "a handshake takes exactly its round trips: one with TLS 1.3, two with TLS 1.2",
    Effect.gen(function* () {
      for (const [context, trips] of [[trusting, 1] as const, [trusting12, 2] as const]) {
        const began = yield* now
        const plain = yield* Network.connect("server:443")
        assert.strictEqual((yield* now) - began, 20)
        const socket = yield* Tls.client(plain, { name, context })
        assert.strictEqual((yield* now) - began, 20 + trips * 20)
        yield* roundTrip(socket)
        assert.strictEqual((yield* now) - began, 40 + trips * 20)
      }
    })
  )

  simulated(
    "a silent peer ends the handshake after handshakeTimeout, to the millisecond",
    Effect.gen(function* () {
      const plain = yield* Network.connect("server:443")
      yield* Fault.partition("simulated", "server", { oneWay: true })
      const began = yield* now
      const error = yield* Effect.flip(Tls.client(plain, { name, context: trusting, handshakeTimeout: "7 seconds" }))
      assert.deepStrictEqual(error._tag === "TlsError" && [error.reason, error.by], ["TimedOut", "handshakeTimeout"])
      assert.strictEqual((yield* now) - began, 7000)
    })
  )

  simulated(
    "a partition that heals delays a handshake by its retransmission, and a lost segment costs nothing else",
    Effect.gen(function* () {
      const plain = yield* Network.connect("server:443")
      const began = yield* now
      const cut = Effect.scoped(Effect.zipRight(Fault.partition("simulated", "server"), Effect.sleep(100)))
      const [socket] = yield* Effect.all([Tls.client(plain, { name, context: trusting }), cut], {
        concurrency: "unbounded"
      })
      assert.isAtLeast((yield* now) - began, 220)
      yield* roundTrip(socket)
    })
  )

  simulated(
    "a reset in the middle of a handshake is Reset",
    Effect.gen(function* () {
      const plain = yield* Network.connect("server:443")
      yield* Effect.fork(Effect.delay(Fault.reset(1), 15))
      const error = yield* Effect.flip(Tls.client(plain, { name, context: trusting }))
      assert.strictEqual(error._tag === "TlsError" && error.reason, "Reset")
    })
  )

  simulated(
    "a handshake whose bytes arrive one by one succeeds",
    Effect.gen(function* () {
      yield* Fault.fragment("bytes")
      yield* roundTrip(yield* secure())
    })
  )

  it.live("a corrupt segment makes a handshake fail, and never gives other bytes", () =>
    Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8], seed =>
      SimulatedNetwork.run(
        apart(
          Effect.gen(function* () {
            const plain = yield* Network.connect("server:443")
            yield* Fault.corrupt("simulated", "server", 1)
            const exit = yield* Effect.exit(
              Tls.client(plain, { name, context: trusting, handshakeTimeout: "5 seconds" })
            )
            assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Fail")
          })
        ),
        { ...options, seed }
      )
    )
  )

  const talks = apart(Effect.flatMap(secure(), roundTrip))

  it.live("two runs with the same seed send the same sizes at the same times", () =>
    Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], seed =>
      SimulatedNetwork.checkDeterminism(talks, { ...options, profile: "awful", seed, compare: "sizes" })
    )
  )

  it.live("the contents of two runs differ, so checkDeterminism has to compare sizes", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(SimulatedNetwork.checkDeterminism(talks, options))
      assert.strictEqual((error as { readonly _tag: string })._tag, "SimulationDiverged")
    })
  )
})
