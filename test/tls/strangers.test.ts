/** Handshakes with peers that do not speak TLS, do not answer, or leave. */
import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Network from "../../src/Network.ts"
import type * as Socket from "../../src/Socket.ts"
import { drain } from "../proxied.ts"
import { clientOn, errorIn, onEachTls, outcomeOf, serverOn } from "./kit.ts"
import { relay } from "./relay.ts"

interface Stranger {
  readonly title: string
  readonly act: (peer: Socket.Socket) => Effect.Effect<unknown, unknown>
  readonly reason: string
  readonly says: string
}

const sends = (text: string) => (peer: Socket.Socket) => peer.sendText(text)

/** The header of a record of a handshake, and a part of its body. */
const begun = Uint8Array.from([22, 3, 1, 0, 200, 1, 0, 0, 196])

/** An alert in plaintext: its level is a warning. */
const closeNotify = Uint8Array.from([21, 3, 3, 0, 2, 1, 0])

const notTls = "the peer does not speak TLS; check the port"

const strangers: ReadonlyArray<Stranger> = [
  { title: "greets in plaintext", act: sends("220 mail.test ESMTP\r\n"), reason: "NotTls", says: notTls },
  { title: "sends an HTTP request", act: sends("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), reason: "NotTls", says: notTls },
  { title: "sends an HTTP response", act: sends("HTTP/1.1 400 Bad\r\n\r\n"), reason: "NotTls", says: notTls },
  { title: "speaks SSH", act: sends("SSH-2.0-OpenSSH_9.2\r\n"), reason: "NotTls", says: notTls },
  {
    title: "ends at once",
    act: peer => peer.shutdownSend,
    reason: "Ended",
    says: "the peer ended the connection during the handshake"
  },
  {
    title: "ends in the middle of its first flight",
    act: peer => Effect.zipRight(peer.sendAll(begun), peer.shutdownSend),
    reason: "Ended",
    says: "the peer ended the connection during the handshake"
  },
  {
    title: "ends after a few bytes of plaintext",
    act: peer => Effect.zipRight(peer.sendText("hi"), peer.shutdownSend),
    reason: "Ended",
    says: "the peer ended the connection during the handshake"
  },
  {
    title: "resets at once",
    act: peer => peer.abort,
    reason: "Reset",
    says: "the peer reset the connection during the handshake"
  }
]

const timeout = Duration.millis(150)

onEachTls(test => {
  for (const [how, leave] of [
    ["ends", (peer: Socket.Socket) => peer.shutdownSend],
    ["resets", (peer: Socket.Socket) => peer.abort]
  ] as const) {
    test(`a client whose peer sends close_notify in the handshake and ${how} fails at once`, () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const client = yield* Effect.fork(Effect.either(clientOn(a)))
        yield* b.peekFull(1)
        yield* b.sendAll(closeNotify)
        yield* leave(b)
        const error = errorIn(yield* Fiber.join(client))
        assert.include(how === "ends" ? ["Ended"] : ["Ended", "Reset"], error.reason)
      }))
  }

  for (const [side, ours] of [
    ["client", clientOn],
    ["server", serverOn]
  ] as const) {
    for (const { act, reason, says, title } of strangers) {
      test(`a ${side} whose peer ${title} fails with ${reason}, and its connection is closed`, () =>
        Effect.gen(function* () {
          const [a, b] = yield* Network.pair
          const [result] = yield* Effect.all([Effect.either(ours(a)), act(b)], { concurrency: 2 })
          const error = errorIn(result)
          assert.deepStrictEqual([error.reason, error.side], [reason, side])
          assert.include(error.message, says)
          assert.strictEqual((yield* Effect.flip(a.recv(1))).reason, "Closed")
          yield* drain(b)
        }))
    }

    for (const [what, act] of [
      ["is silent", () => Effect.void],
      ["stops in the middle of its first flight", (peer: Socket.Socket) => peer.sendAll(begun)],
      [
        "sends a byte at a time forever",
        (peer: Socket.Socket) =>
          Effect.zipRight(
            peer.sendAll(begun),
            Effect.forever(Effect.delay(peer.sendAll(Uint8Array.of(0)), "20 millis"))
          )
      ]
    ] as const) {
      test(`a ${side} whose peer ${what} fails with TimedOut after handshakeTimeout, and resets the connection`, () =>
        Effect.gen(function* () {
          const [a, b] = yield* Network.pair
          const start = yield* Clock.currentTimeMillis
          yield* Effect.forkScoped(Effect.ignore(act(b)))
          const error = errorIn(yield* Effect.either(ours(a, { handshakeTimeout: timeout })))
          assert.isAtLeast((yield* Clock.currentTimeMillis) - start, Duration.toMillis(timeout) - 1)
          assert.deepStrictEqual([error.reason, error.by, error.timeout], ["TimedOut", "handshakeTimeout", timeout])
          assert.include(error.message, "150ms")
          assert.strictEqual((yield* drain(b)).end, "Reset")
        }))
    }
  }

  test("a handshake whose bytes arrive one at a time succeeds", () =>
    Effect.gen(function* () {
      const { client, server, toClient, toServer } = yield* relay
      toServer.edit = toClient.edit = record => Array.from(record, byte => Uint8Array.of(byte))
      const [a, b] = yield* Effect.all([clientOn(client), serverOn(server)], { concurrency: 2 })
      yield* a.sendText("hello")
      assert.strictEqual(new TextDecoder().decode(yield* b.recvExactly(5)), "hello")
    }))

  test("bytes that a server sent before STARTTLS make the handshake of the client fail with NotTls", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      yield* b.sendText("220 go ahead\r\n250 injected\r\n")
      yield* a.recvLine()
      const [client, server] = yield* Effect.all([Effect.either(clientOn(a)), Effect.either(serverOn(b))], {
        concurrency: 2
      })
      assert.strictEqual(errorIn(client).reason, "NotTls")
      assert.notStrictEqual(yield* outcomeOf(server), "received")
    }))

  test("bytes that a client sent before STARTTLS make the handshake of the server fail with NotTls", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      yield* a.sendText("STARTTLS\r\nRSET\r\n")
      yield* b.recvLine()
      const [client, server] = yield* Effect.all([Effect.either(clientOn(a)), Effect.either(serverOn(b))], {
        concurrency: 2
      })
      assert.strictEqual(errorIn(server).reason, "NotTls")
      assert.notStrictEqual(yield* outcomeOf(client), "received")
    }))
})
