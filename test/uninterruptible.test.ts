/** Timeouts and failures in an uninterruptible region, as in a finalizer. */
import { assert, describe } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Client from "../src/Client.ts"
import * as Names from "../src/Names.ts"
import * as Network from "../src/Network.ts"
import * as NodeTls from "../src/NodeTls.ts"
import * as Pump from "../src/Pump.ts"
import type * as Socket from "../src/Socket.ts"
import * as SocketAddress from "../src/SocketAddress.ts"
import { onEach } from "./networks.ts"
import { clientOn, serverOn } from "./tls/kit.ts"

/** Runs the effect in a finalizer, and returns its result. */
const inFinalizer = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const result = yield* Deferred.make<A, E>()
    const context = yield* Effect.context<R>()
    const provided = Effect.provide(effect, context)
    yield* Effect.scoped(Effect.addFinalizer(() => Deferred.complete(result, provided)))
    return yield* Deferred.await(result)
  })

const silent = Effect.map(Network.listen("127.0.0.1:0"), listener => listener.address)

/** Two connections, with a pump between them: a client, the two sockets of the pump, and a server. */
const pumped = Effect.zipWith(Network.pair, Network.pair, ([client, left], [right, server]) => ({
  client,
  left,
  right,
  server
}))

type Ends = Effect.Effect.Success<typeof pumped>

const pumping = ({ left, right }: Ends, options?: Pump.Options) =>
  Effect.forkScoped(Effect.uninterruptible(Effect.either(Pump.pump(left, right, options))))

const received = (socket: Socket.Socket) => Effect.map(Effect.either(socket.recv(1)), String)

onEach(test => {
  describe("in an uninterruptible region,", () => {
    for (const uninterruptible of [inFinalizer, Effect.uninterruptible]) {
      const where = uninterruptible === inFinalizer ? "in a finalizer" : "in Effect.uninterruptible"

      test(`receiveOnce times out ${where}`, () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(uninterruptible(Client.receiveOnce(yield* silent, { timeout: "50 millis" })))
          assert.deepInclude(error, { _tag: "RecvError", reason: "TimedOut" })
        }))

      test(`receiveMessage times out ${where}, and ends after idleTimeout`, () =>
        Effect.gen(function* () {
          const timeout = "50 millis"
          const error = yield* Effect.flip(uninterruptible(Client.receiveMessage(yield* silent, { timeout })))
          assert.deepInclude(error, { _tag: "RecvError", reason: "TimedOut" })
          const listener = yield* Network.listen("127.0.0.1:0")
          const message = Client.receiveMessage(listener.address, { idleTimeout: timeout })
          yield* Effect.forkScoped(Effect.flatMap(listener.accept, socket => socket.sendText("hi")))
          assert.deepInclude(yield* uninterruptible(message), { text: "hi", end: "Idle" })
        }))

      test(`a lookup of a name returns ${where}`, () =>
        Effect.gen(function* () {
          const found = yield* uninterruptible(Names.getaddrinfo("localhost", 808))
          assert.isAbove(found.length, 0)
          yield* uninterruptible(Effect.exit(Names.getnameinfo(SocketAddress.unsafeInet("127.0.0.1", 808))))
          yield* Effect.scoped(uninterruptible(Network.listen("localhost:0")))
        }))
    }

    for (const [name, side] of Object.entries({ client: clientOn, server: serverOn })) {
      test(`the handshake of a TLS ${name} fails after handshakeTimeout`, () =>
        Effect.gen(function* () {
          const [socket] = yield* Network.pair
          const handshake = Effect.scoped(side(socket, { handshakeTimeout: "50 millis" }))
          const error = yield* Effect.flip(Effect.uninterruptible(handshake))
          assert.deepInclude(error, { _tag: "TlsError", reason: "TimedOut", by: "handshakeTimeout" })
        }).pipe(Effect.provide(NodeTls.layer)))
    }

    for (const [title, options] of [
      ["", undefined],
      [" with onProgress", { onProgress: () => Effect.void }]
    ] as const) {
      test(`a pump${title} ends when both peers have ended`, () =>
        Effect.gen(function* () {
          const ends = yield* pumped
          const pump = yield* pumping(ends, options)
          yield* ends.client.sendText("x")
          assert.strictEqual((yield* ends.server.recvExactly(1)).length, 1)
          yield* ends.client.shutdownSend
          yield* ends.server.awaitEnd
          yield* ends.server.shutdownSend
          assert.include(String(yield* pump.await), "aToB")
        }))

      test(`a pump${title} aborts both sockets when a peer resets`, () =>
        Effect.gen(function* () {
          const ends = yield* pumped
          const pump = yield* pumping(ends, options)
          yield* ends.client.abort
          assert.include(yield* received(ends.server), "reset")
          assert.include(String(yield* pump.await), "Left")
        }))

      test(`a pump${title} aborts both sockets after halfOpenTimeout`, () =>
        Effect.gen(function* () {
          const ends = yield* pumped
          const pump = yield* pumping(ends, { ...options, halfOpenTimeout: "50 millis" })
          yield* ends.client.shutdownSend
          assert.include(String(yield* pump.await), "halfOpenTimeout")
        }))
    }
  })
})
