/** A server over TLS: its handshakes, limits, outcomes and drain. */
import { assert, describe } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import * as Server from "../../src/Server.ts"
import type * as Socket from "../../src/Socket.ts"
import * as TestCertificates from "../../src/TestCertificates.ts"
import * as Tls from "../../src/Tls.ts"
import { onEach } from "../networks.ts"
import { type Line, logged, seenBy } from "./watched.ts"

const name = "localhost"
const samples = Effect.runSync(TestCertificates.samples(name))
const authority = Effect.runSync(TestCertificates.authority())

type Options = Omit<Server.RunOptions<unknown>, "onOutcome"> & Partial<Tls.ListenOptions>

/** Starts a server with TLS on a free port. `next` waits for the next outcome, `rest` returns the reasons of others. */
const secured = (handler: Server.Handler<unknown, never, Tls.TlsSocket>, options?: Options) =>
  Effect.gen(function* () {
    const outcomes = yield* Queue.unbounded<Server.Outcome<unknown>>()
    const context = options?.context ?? (yield* Tls.context({ identity: samples.valid }))
    const listener = yield* Tls.listen("127.0.0.1:0", { ...options, context })
    const server = yield* Server.make(listener, handler, {
      ...options,
      onOutcome: outcome => Effect.asVoid(Queue.offer(outcomes, outcome))
    })
    const rest = Effect.map(Queue.takeAll(outcomes), all => Chunk.toArray(all).map(({ reason }) => reason))
    return { ...server, listener, next: Queue.take(outcomes), rest }
  })

/** Connects a client that trusts the samples. */
const connect = (address: Server.Service["address"]) =>
  Effect.flatMap(Tls.context({ ca: samples.ca }), context => Tls.connect(address, { name, context }))

const greets: Server.Handler<unknown, never> = socket => socket.sendText("hello")

/** A handler that waits for the end of its client. */
const waits: Server.Handler<unknown, never> = socket => socket.recv(1)

/** The text that a new client receives, and how its connection ends. */
const greeting = (address: Server.Service["address"]) => Effect.scoped(Effect.flatMap(connect(address), seenBy))

/** Waits until a condition on the counters of a listener is met. Each try lets the event loop turn. */
const until = (listener: Tls.TlsListener, isMet: (stats: Tls.TlsListenerStats) => boolean): Effect.Effect<void> =>
  Effect.flatMap(listener.stats, stats =>
    isMet(stats)
      ? Effect.void
      : Effect.zipRight(
          Effect.async<void>(resume => void setImmediate(() => resume(Effect.void))),
          until(listener, isMet)
        )
  )

const failures = (server: string, reason: Tls.TlsReason) =>
  Metric.tagged(Server.metrics.handshakesFailed, "reason", reason).unsafeValue([MetricLabel.make("server", server)])
    .count

onEach(declare => {
  const test = <A, E>(title: string, program: () => Effect.Effect<A, E, Network.Network | Tls.Tls | Scope.Scope>) =>
    declare(title, () => Effect.provide(program(), NodeTls.layer))

  describe("the option tls", () => {
    test("lets a layer listen with TLS, and gives its handler what was negotiated", () =>
      Effect.gen(function* () {
        const context = yield* Tls.context({ identity: samples.valid, alpn: ["greet"] })
        const running = Server.layer(
          "127.0.0.1:0",
          socket =>
            socket.sendText(`${Option.getOrThrow(socket.info.serverName)} ${Option.getOrThrow(socket.info.alpn)}`),
          { tls: { context }, maxConnections: 10 }
        )
        const seen = yield* Effect.flatMap(Server.Server, ({ address }) =>
          Effect.gen(function* () {
            const trusting = yield* Tls.context({ ca: samples.ca })
            return yield* seenBy(yield* Tls.connect(address, { name, context: trusting, alpn: ["greet"] }))
          })
        ).pipe(Effect.provide(running))
        assert.strictEqual(seen, "localhost greet|end")
      }))

    test("fails the layer if the context has no identity", () =>
      Effect.gen(function* () {
        const context = yield* Tls.context()
        const error = yield* Effect.flip(Layer.build(Server.layer("127.0.0.1:0", greets, { tls: { context } })))
        assert.deepInclude(error, { _tag: "TlsConfigError", reason: "MissingCertificate" })
      }))
  })

  describe("handshakes", () => {
    test("of 200 silent peers do not delay a good client", () =>
      Effect.gen(function* () {
        const server = yield* secured(greets, { handshakeTimeout: "1 minute" })
        yield* Effect.replicateEffect(Network.connect(server.address), 200)
        yield* until(server.listener, ({ handshaking }) => handshaking === 200)
        const before = yield* Clock.currentTimeMillis
        assert.strictEqual(yield* greeting(server.address), "hello|end")
        // In virtual time, nothing had to pass. Over TCP, a client that had to wait would take a minute.
        assert.isBelow((yield* Clock.currentTimeMillis) - before, 30_000)
        assert.strictEqual((yield* server.next).reason, "Succeeded")
      }))

    test("run at most as many at the same time as the limit, and the next begins when one has ended", () =>
      Effect.gen(function* () {
        const server = yield* secured(greets, { handshakes: 2, handshakeTimeout: "1 minute" })
        const silent = yield* Network.connect(server.address)
        yield* Network.connect(server.address)
        yield* until(server.listener, ({ handshaking }) => handshaking === 2)
        const good = yield* Effect.fork(greeting(server.address))
        yield* until(server.listener, ({ queued }) => queued === 3)
        assert.deepInclude(yield* server.listener.stats, { handshaking: 2, accepted: 0 })
        yield* silent.abort
        assert.strictEqual(yield* Fiber.join(good), "hello|end")
        assert.deepInclude(yield* server.listener.stats, { handshaking: 1, failed: 1, accepted: 1 })
      }))

    test("that fail are counted by reason and logged as one line at debug level, and are no outcomes", () =>
      Effect.gen(function* () {
        const server = `failing ${Math.random()}`
        const program = Effect.gen(function* () {
          const running = yield* secured(greets)
          const plain = yield* Network.connect(running.address)
          yield* plain.sendText("GET / HTTP/1.1\r\n\r\n")
          yield* seenBy(plain)
          yield* Effect.flatMap(Network.connect(running.address), silent => silent.close)
          yield* until(running.listener, ({ failed }) => failed === 2)
          assert.strictEqual(yield* greeting(running.address), "hello|end")
          assert.strictEqual((yield* running.next).reason, "Succeeded")
          assert.deepStrictEqual(yield* running.rest, [])
        })
        const [, lines] = yield* logged(Effect.tagMetrics(Effect.scoped(program), "server", server))
        assert.strictEqual(failures(server, "NotTls"), 1)
        assert.strictEqual(failures(server, "Ended"), 1)
        const said = lines.filter(({ message }) => message.startsWith("tls server"))
        assert.lengthOf(said, 2)
        for (const { level, message } of said) {
          assert.strictEqual(level, "DEBUG")
          assert.notInclude(message, "\n")
        }
        assert.deepStrictEqual(atLeastWarning(lines), [])
      }))

    test("that fail are passed to onHandshakeError instead of being logged", () =>
      Effect.gen(function* () {
        const errors = yield* Queue.unbounded<Tls.TlsError>()
        const program = Effect.gen(function* () {
          const server = yield* secured(greets, { onHandshakeError: error => Queue.offer(errors, error) })
          const untrusting = yield* Tls.context({ ca: authority.certificate })
          const refused = Tls.connect(server.address, { name, context: untrusting })
          assert.strictEqual((yield* Effect.flip(refused)).reason, "Untrusted")
          return yield* Queue.take(errors)
        })
        const [error, lines] = yield* logged(Effect.scoped(program))
        // Node's client sends no alert when it refuses a certificate.
        assert.deepStrictEqual([error.side, error.reason], ["server", "Ended"])
        assert.deepStrictEqual(
          lines.filter(({ message }) => message.startsWith("tls")),
          []
        )
      }))
  })

  for (const [what, onHandshakeError] of [
    [
      "throws",
      () => {
        throw new Error("thrown by onHandshakeError")
      }
    ],
    ["never ends", () => Effect.never]
  ] as const) {
    test(`an onHandshakeError that ${what} keeps no connection open, and does not hold up the close`, () =>
      Effect.gen(function* () {
        const program = Effect.gen(function* () {
          const server = yield* secured(greets, { onHandshakeError })
          const stranger = yield* Network.connect(server.address)
          yield* stranger.sendText("not TLS\n")
          // The server closes the connection.
          yield* Effect.exit(stranger.awaitEnd)
          yield* until(server.listener, ({ failed }) => failed === 1)
          assert.strictEqual(yield* greeting(server.address), "hello|end")
        })
        const [, lines] = yield* logged(Effect.scoped(program))
        assert.strictEqual(atLeastWarning(lines).length, what === "throws" ? 1 : 0)
      }))
  }

  describe("a server over TLS", () => {
    test("limits the connections that have done their handshakes", () =>
      Effect.gen(function* () {
        const server = yield* secured(waits, {
          maxConnections: 1,
          whenFull: (socket: Socket.Socket) => socket.sendText("full")
        })
        yield* Effect.replicateEffect(Network.connect(server.address), 5)
        const first = yield* connect(server.address)
        // A client may have done its handshake before the server has.
        yield* until(server.listener, ({ accepted }) => accepted === 1)
        assert.strictEqual(yield* greeting(server.address), "full|end")
        yield* first.shutdownSend
        assert.strictEqual(yield* seenBy(first), "|end")
        assert.strictEqual((yield* server.next).reason, "Succeeded")
      }))

    test("drains: handshakes that run end at once, and handlers finish", () =>
      Effect.gen(function* () {
        const begun = yield* Deferred.make<void>()
        const server = yield* secured(
          socket => Effect.zipRight(Deferred.succeed(begun, undefined), Effect.zipRight(waits(socket), greets(socket))),
          { handshakeTimeout: "1 minute" }
        )
        const good = yield* connect(server.address)
        yield* Deferred.await(begun)
        const silent = yield* Effect.replicateEffect(Network.connect(server.address), 3)
        yield* until(server.listener, ({ handshaking }) => handshaking === 3)
        const drained = yield* Effect.fork(server.drain)
        for (const socket of silent) assert.strictEqual(yield* seenBy(socket), "|Reset")
        assert.deepInclude(yield* server.listener.stats, { handshaking: 0 })
        yield* good.shutdownSend
        assert.strictEqual(yield* seenBy(good), "hello|end")
        assert.deepStrictEqual(yield* Fiber.join(drained), { finished: 1, interrupted: 0, stuck: 0, refused: 3 })
      }))

    test("calls a client that cuts the stream gone, and logs one line at debug level", () =>
      Effect.gen(function* () {
        const program = Effect.gen(function* () {
          const server = yield* secured(waits)
          const plain = yield* Network.connect(server.address)
          const context = yield* Tls.context({ ca: samples.ca })
          yield* Tls.client(plain, { name, context })
          yield* plain.shutdownSend
          const outcome = yield* server.next
          assert.strictEqual(outcome.reason, "PeerGone")
        })
        const [, lines] = yield* logged(Effect.scoped(program))
        assert.lengthOf(
          lines.filter(({ level, message }) => level === "DEBUG" && /the peer is gone.*close_notify/.test(message)),
          1
        )
        assert.deepStrictEqual(atLeastWarning(lines), [])
      }))

    test("gives a renewed certificate to new connections only", () =>
      Effect.gen(function* () {
        const context = yield* Tls.context({ identity: samples.valid })
        const server = yield* secured(socket => Effect.zipRight(waits(socket), greets(socket)), { context })
        const trusting = yield* Tls.context({ ca: [samples.ca, authority.certificate] })
        const fresh = Tls.connect(server.address, { name, context: trusting })
        const pinOf = ({ info }: Tls.TlsSocket) => Option.getOrThrow(info.peerCertificate).pin
        const old = yield* fresh
        yield* Tls.reload(context, yield* authority.issue({ names: [name] }))
        const renewed = yield* fresh
        assert.notStrictEqual(pinOf(renewed), pinOf(old))
        for (const socket of [old, renewed]) {
          yield* socket.shutdownSend
          assert.strictEqual(yield* seenBy(socket), "hello|end")
        }
      }))

    test("if the listener below dies, every accept fails with Closed, and the log has the defect", () =>
      Effect.gen(function* () {
        const plain = yield* Network.listen("127.0.0.1:0")
        const dying = new Proxy(plain, {
          get: (target, key) =>
            key === "accept" ? Effect.die(new Error("a defect below")) : Reflect.get(target, key, target)
        })
        const context = yield* Tls.context({ identity: samples.valid })
        const [error, lines] = yield* logged(
          Effect.gen(function* () {
            const listener = yield* Tls.listener(dying, { context })
            yield* Effect.flip(listener.accept)
            return yield* Effect.flip(listener.accept)
          })
        )
        assert.deepStrictEqual([error._tag, error.reason], ["AcceptError", "Closed"])
        assert.include(String(error.cause), "a defect below")
        assert.isTrue(lines.some(({ level, message }) => level === "ERROR" && message.includes("accepts no more")))
      }))
  })
})

const atLeastWarning = (lines: ReadonlyArray<Line>) =>
  lines.filter(({ level }) => level === "WARN" || level === "ERROR")
