/** How a stream over TLS ends: with a proof, without one, or with a record that was changed on the way. */
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Network from "../../src/Network.ts"
import * as Socket from "../../src/Socket.ts"
import { drain, textFrom } from "../proxied.ts"
import { both, clientOn, cut, onEachTls, only, outcomeOf, secured, serverOn, versions } from "./kit.ts"
import { eachWay, type Flow, header, relay } from "./relay.ts"

/** Sends a text, and returns its record, which the relay keeps. */
const captured = ({ sender, way }: Flow, text: string) =>
  Effect.gen(function* () {
    const record = yield* Deferred.make<Uint8Array>()
    const { edit } = way
    way.edit = bytes => {
      way.edit = edit
      Deferred.unsafeDone(record, Effect.succeed(bytes))
      return []
    }
    yield* sender.sendText(text)
    return yield* Deferred.await(record)
  })

/** Checks that every receive fails with this reason from now on. */
const failsForever = (socket: Socket.Socket, reason: string) =>
  Effect.gen(function* () {
    const receives: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string; readonly reason?: string }>> = [
      socket.recv(1),
      socket.recvAll(),
      socket.recvLine(),
      socket.recvText(10),
      socket.recvExactly(1),
      socket.peekFull(1),
      socket.recv(1)
    ]
    for (const receive of receives) {
      const error = yield* Effect.flip(receive)
      assert.deepStrictEqual([error._tag, error.reason], ["RecvError", reason])
    }
    yield* socket.awaitEnd
  })

const changed = (record: Uint8Array, at: number): Uint8Array => record.map((byte, i) => (i === at ? byte ^ 1 : byte))

const plaintext = (type: number, ...body: ReadonlyArray<number>): Uint8Array =>
  Uint8Array.from([type, 3, 3, body.length >> 8, body.length & 0xff, ...body])

const [alertType, handshakeType, dataType] = [21, 22, 23]

/** What the receiver gets instead of the record of "secret". */
const attacks: Readonly<Record<string, (record: Uint8Array) => ReadonlyArray<Uint8Array>>> = {
  "a record with a changed byte": record => [changed(record, header + 8)],
  "a record whose last byte is changed": record => [changed(record, record.length - 1)],
  "a record with a changed type": record => [Uint8Array.from([handshakeType, ...record.subarray(1)])],
  "a shortened record": record => [
    Uint8Array.from([...record.subarray(0, 4), record[4]! - 1, ...record.subarray(header, -1)])
  ],
  "a record that is longer than the standard allows": () => [
    Uint8Array.from([dataType, 3, 3, 0xff, 0xff]),
    new Uint8Array(0xff_ff)
  ],
  "a record in plaintext": () => [plaintext(dataType, ...Buffer.from("secret"))],
  "an end in plaintext": () => [plaintext(alertType, 1, 0)],
  "bytes that are not TLS": () => [new Uint8Array(Buffer.from("HTTP/1.1 200 OK\r\n\r\n"))]
}

onEachTls(test => {
  test("while a socket carries TLS, a receive of the plain socket is Busy", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      const [client, server] = yield* Effect.all([clientOn(a), serverOn(b)], { concurrency: 2 })
      for (const plain of [a, b]) {
        const receives: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
          plain.recv(1),
          plain.recvAll(),
          plain.peekFull(1)
        ]
        for (const receive of receives) {
          assert.deepInclude(yield* Effect.flip(receive), { _tag: "RecvError", reason: "Busy" })
        }
      }
      yield* client.sendText("hello")
      assert.deepStrictEqual(yield* server.recvExactly(5), new TextEncoder().encode("hello"))
    }))

  test("a receive of the plain socket that waits makes the handshake fail, and gets its bytes", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      const waiting = yield* Effect.fork(a.recvExactly(2))
      yield* Effect.yieldNow()
      const error = yield* Effect.flip(clientOn(a, { handshakeTimeout: "5 seconds" }))
      assert.strictEqual(error._tag, "TlsError")
      yield* Fiber.interrupt(waiting)
      yield* b.abort
    }))

  test("if the socket below dies, a receive fails, and does not wait forever", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      let dies = false
      const below = Socket.wrap(a, {
        onRecv: () => {
          if (dies) throw new Error("a defect below")
        }
      })
      const [client, server] = yield* Effect.all([clientOn(below), serverOn(b)], { concurrency: 2 })
      dies = true
      yield* server.sendText("hello")
      const error = yield* Effect.flip(client.recv(5))
      assert.deepStrictEqual([error.reason, String(error.cause)], ["Unknown", "Error: a defect below"])
    }))

  test("a close waits until the close_notify of an earlier shutdownSend is on its way", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      const gate = yield* Effect.makeLatch(true)
      const below = Socket.wrap(a, { beforeSend: () => gate.await })
      const [client, server] = yield* Effect.all([clientOn(below), serverOn(b)], { concurrency: 2 })
      yield* client.sendText("bytes")
      yield* gate.close
      const shutdown = yield* Effect.fork(client.shutdownSend)
      yield* Effect.yieldNow()
      const close = yield* Effect.fork(client.close)
      yield* Effect.yieldNow()
      yield* gate.open
      yield* Fiber.join(close)
      yield* Fiber.await(shutdown)
      assert.strictEqual(yield* textFrom(server), "bytes, the end")
    }))

  for (const version of versions) {
    const of = `(TLS ${version})`

    test(`an end without close_notify is Truncated, after the bytes and forever ${of}`, () =>
      eachWay(version, ({ receiver, sender, way }) =>
        Effect.gen(function* () {
          yield* sender.sendText("bytes")
          yield* Effect.zipRight(receiver.peekFull(5), way.to.shutdownSend)
          yield* receiver.awaitEnd
          assert.include((yield* Effect.flip(receiver.recvAll())).message, "the peer ended without close_notify")
          assert.strictEqual(yield* textFrom(receiver), "bytes, Truncated")
          yield* failsForever(receiver, "Truncated")
        })
      ))

    test(`an end in the middle of a record is Truncated, and no byte of the record is given ${of}`, () =>
      eachWay(version, flow =>
        Effect.gen(function* () {
          yield* flow.sender.sendText("whole ")
          yield* flow.receiver.peekFull(6)
          const record = yield* captured(flow, "half")
          yield* flow.way.to.sendAll(record.subarray(0, record.length - 1))
          yield* flow.way.to.shutdownSend
          assert.strictEqual(yield* textFrom(flow.receiver), "whole , Truncated")
          yield* failsForever(flow.receiver, "Truncated")
        })
      ))

    test(`with closeNotify optional, an end without close_notify is the end ${of}`, () =>
      eachWay(
        version,
        ({ receiver, sender, way }) =>
          Effect.gen(function* () {
            yield* sender.sendText("bytes")
            yield* Effect.zipRight(receiver.peekFull(5), way.to.shutdownSend)
            assert.strictEqual(yield* textFrom(receiver), "bytes, the end")
            assert.strictEqual(yield* textFrom(receiver), ", the end")
            // Our half is still open.
            yield* receiver.sendText("reply")
            assert.deepStrictEqual(yield* sender.recvExactly(5), new Uint8Array(Buffer.from("reply")))
          }),
        { closeNotify: "optional" }
      ))

    for (const closeNotify of ["required", "optional"] as const) {
      test(`a reset is Reset with closeNotify ${closeNotify}, after the bytes and forever ${of}`, () =>
        eachWay(
          version,
          ({ receiver, sender, way }) =>
            Effect.gen(function* () {
              yield* sender.sendText("bytes")
              yield* Effect.zipRight(receiver.peekFull(5), way.to.abort)
              assert.strictEqual(yield* textFrom(receiver), "bytes, Reset")
              yield* failsForever(receiver, "Reset")
            }),
          { closeNotify }
        ))
    }

    for (const way of ["toClient", "toServer"] as const) {
      test(`a reset right behind a record of the handshake (${way}) is a reset or an end ${of}`, () =>
        Effect.forEach(
          Array.from({ length: 8 }, (_, n) => n + 1),
          last =>
            Effect.gen(function* () {
              const plain = yield* relay
              const { records, to } = plain[way]
              plain[way].after = () => (records.length === last ? to.abort : Effect.void)
              const sides = yield* both(
                clientOn(plain.client, { context: only(version) }),
                serverOn(plain.server, { context: only(version) })
              )
              yield* to.abort
              const end = yield* outcomeOf(sides[way === "toClient" ? 0 : 1])
              assert.strictEqual(end, cut, `after ${last} records`)
            })
        ))
    }

    test(`a reset right behind bytes is Reset, also after our close_notify and with closeNotify optional ${of}`, () =>
      Effect.forEach(Array.from({ length: 20 }), () =>
        eachWay(
          version,
          ({ receiver, sender, way }) =>
            Effect.gen(function* () {
              yield* receiver.shutdownSend
              yield* sender.awaitEnd
              way.after = () => way.to.abort
              yield* sender.sendText("bytes")
              const end = yield* textFrom(receiver)
              // The kernel may drop the bytes.
              assert.include(["bytes, Reset", ", Reset"], end)
            }),
          { closeNotify: "optional" }
        )
      ))

    for (const [how, leave] of [
      ["close", (socket: Socket.Socket) => socket.close],
      ["shutdownSend", (socket: Socket.Socket) => Effect.orDie(socket.shutdownSend)]
    ] as const) {
      test(`${how} sends close_notify, and then ends the connection below ${of}`, () =>
        eachWay(version, ({ receiver, sender, way }) =>
          Effect.gen(function* () {
            yield* sender.sendText("bytes")
            yield* leave(sender)
            assert.strictEqual(yield* textFrom(receiver), "bytes, the end")
            assert.strictEqual(yield* textFrom(receiver), ", the end")
            const last = way.records.at(-1)!
            assert.strictEqual(last[0], version === "1.2" ? alertType : dataType)
          })
        ))
    }

    test(`bytes and close_notify that arrive together while nobody receives are the bytes and the end ${of}`, () =>
      eachWay(
        version,
        flow =>
          Effect.gen(function* () {
            const record = yield* captured(flow, "bytes")
            flow.way.edit = last => [Uint8Array.from([...record, ...last])]
            yield* flow.sender.shutdownSend
            yield* flow.receiver.awaitEnd
            assert.strictEqual(yield* textFrom(flow.receiver), "bytes, the end")
          }),
        { highWaterMark: 1 }
      ))

    const inScope = (
      run: (use: Effect.Effect<unknown, unknown>, started: Effect.Effect<void>) => Effect.Effect<unknown>,
      then: Effect.Effect<unknown, unknown>
    ) =>
      Effect.gen(function* () {
        const found: Array<string> = []
        for (const owner of ["client", "server"] as const) {
          const [a, b] = yield* Network.pair
          const started = yield* Deferred.make<void>()
          const context = only(version)
          const ours = owner === "client" ? clientOn(a, { context }) : serverOn(a, { context })
          const theirs = owner === "client" ? serverOn(b, { context }) : clientOn(b, { context })
          const owned = Effect.scoped(
            Effect.flatMap(ours, socket =>
              socket
                .sendText("bytes")
                .pipe(
                  Effect.zipRight(socket.recvExactly(1)),
                  Effect.zipRight(Deferred.succeed(started, undefined)),
                  Effect.zipRight(then)
                )
            )
          )
          const environment = yield* Effect.context<Effect.Effect.Context<typeof owned>>()
          const peer = Effect.gen(function* () {
            const socket = yield* theirs
            const first = yield* socket.recvExactly(5)
            yield* socket.sendText("!")
            const { bytes, end } = yield* drain(socket)
            found.push(`${new TextDecoder().decode(first)}${bytes}, ${end}`)
          })
          yield* Effect.all([run(Effect.provide(owned, environment), Deferred.await(started)), Effect.scoped(peer)], {
            concurrency: 2
          })
        }
        return found
      })

    const whole = ["bytes, the end", "bytes, the end"]
    const reset = ["bytes, Reset", "bytes, Reset"]

    test(`a scope that succeeds sends close_notify ${of}`, () =>
      Effect.map(inScope(Effect.ignore, Effect.void), found => assert.deepStrictEqual(found, whole)))

    test(`a scope that fails with a typed error sends close_notify ${of}`, () =>
      Effect.map(inScope(Effect.ignore, Effect.fail("typed")), found => assert.deepStrictEqual(found, whole)))

    test(`a scope that dies resets and sends no close_notify ${of}`, () =>
      Effect.map(inScope(Effect.exit, Effect.dieMessage("a bug")), found => assert.deepStrictEqual(found, reset)))

    test(`a scope that is interrupted resets and sends no close_notify ${of}`, () =>
      Effect.map(
        inScope(
          (use, started) => Effect.flatMap(Effect.fork(use), fiber => Effect.zipRight(started, Fiber.interrupt(fiber))),
          Effect.never
        ),
        found => assert.deepStrictEqual(found, reset)
      ))

    test(`abort resets and sends no close_notify ${of}`, () =>
      eachWay(version, ({ receiver, sender, way }) =>
        Effect.gen(function* () {
          const { length } = way.records
          yield* sender.abort
          assert.strictEqual(yield* textFrom(receiver), ", Reset")
          assert.deepStrictEqual([way.records.length, way.end], [length, "Reset"])
        })
      ))

    test(`after our close_notify, the bytes of the peer still arrive ${of}`, () =>
      Effect.gen(function* () {
        for (const first of ["client", "server"] as const) {
          const sockets = yield* secured({ context: only(version) }, { context: only(version) })
          const ours = sockets[first]
          const theirs = sockets[first === "client" ? "server" : "client"]
          yield* ours.sendText("question")
          yield* ours.shutdownSend
          assert.strictEqual(yield* textFrom(theirs), "question, the end")
          const reply = new Uint8Array(300_000).fill(7)
          const received = yield* Effect.fork(drain(ours))
          yield* theirs.sendAll(reply)
          yield* theirs.close
          const { bytes, end } = yield* Fiber.join(received)
          assert.deepStrictEqual([Buffer.compare(bytes, reply), end], [0, "the end"])
        }
      }))

    test(`a long send whose memory is transferred before it is encrypted is never a whole message ${of}`, () =>
      Effect.gen(function* () {
        const { client, server } = yield* secured({ context: only(version) }, { context: only(version) })
        const bytes = new Uint8Array(16 * 1024 * 1024)
        const sending = yield* Effect.fork(client.sendAll(bytes))
        yield* server.peekFull(1)
        yield* Fiber.interrupt(sending)
        structuredClone(bytes, { transfer: [bytes.buffer] })
        const closing = yield* Effect.fork(client.close)
        const { bytes: received, end } = yield* drain(server)
        assert.isBelow(received.length, 16 * 1024 * 1024)
        assert.strictEqual(end, "Truncated")
        yield* Fiber.join(closing)
      }))

    for (const [what, attack] of Object.entries(attacks)) {
      test(`${what} is Tampered, and no byte of it is given ${of}`, () =>
        eachWay(version, flow =>
          Effect.gen(function* () {
            const { receiver, sender, way } = flow
            yield* sender.sendText("before")
            yield* receiver.peekFull(6)
            const record = yield* captured(flow, "secret")
            for (const part of attack(record)) yield* way.to.sendAll(part)
            assert.strictEqual(yield* textFrom(receiver), "before, Tampered")
            yield* failsForever(receiver, "Tampered")
            assert.strictEqual((yield* Effect.flip(receiver.sendText("more"))).reason, "Tampered")
            assert.strictEqual((yield* drain(sender)).end, "Rejected")
          })
        ))
    }

    for (const [what, order] of [
      ["a replayed record", [0, 0]],
      ["a record after a dropped one", [1]],
      ["a record that arrives before its turn", [1, 0]]
    ] as const) {
      test(`${what} is Tampered, and no byte of it is given ${of}`, () =>
        eachWay(version, flow =>
          Effect.gen(function* () {
            const records = [yield* captured(flow, "first"), yield* captured(flow, "second")]
            for (const at of order) yield* flow.way.to.sendAll(records[at]!)
            assert.strictEqual(yield* textFrom(flow.receiver), `${order[0] === 0 ? "first" : ""}, Tampered`)
            yield* failsForever(flow.receiver, "Tampered")
          })
        ))
    }
  }
})
