/** `Fault.rule`: each kind of segment, and each action. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fault from "../../src/Fault.ts"
import { textOf } from "../../src/internal/conformance/kit/bytes.ts"
import { faults, hosts, meet, now, receivedAt, simulated, there } from "./between.ts"

/** Applies an action to the first segment of a kind, and to no other. */
const first = (kind: Fault.Segment["kind"], action: Fault.Action) => {
  let isOver = false
  return Fault.rule(segment => {
    if (isOver || segment.kind !== kind) return undefined
    isOver = true
    return action
  })
}

describe("a rule", () => {
  it.live("is called for every segment between two hosts", () =>
    simulated(
      Effect.gen(function* () {
        const asked: Array<Fault.Segment> = []
        yield* Fault.rule(segment => {
          asked.push(segment)
          return undefined
        })
        const { client, server } = yield* meet()
        yield* client.sendText("hello")
        yield* server.recvExactly(5)
        yield* client.shutdownSend
        yield* server.awaitEnd
        yield* server.abort
        yield* Effect.flip(client.recv(1))
        const a = { from: "a", to: "b", bytes: 0, connection: 1 }
        const b = { ...a, from: "b", to: "a" }
        assert.deepStrictEqual(asked, [
          { ...a, kind: "connect", connection: 0 },
          { ...b, kind: "accept", connection: 0 },
          { ...a, kind: "data", bytes: 5 },
          { ...b, kind: "acknowledge" },
          { ...a, kind: "end" },
          { ...b, kind: "reset" }
        ])
      })
    )
  )

  it.live("drops a segment, which is then retransmitted", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* first("data", "drop")
        yield* client.sendText("hello")
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 230])
      })
    )
  )

  it.live("drops a connect or its answer, and the connect is retried after 1 second", () =>
    simulated(
      Effect.gen(function* () {
        yield* first("connect", "drop")
        yield* first("accept", "drop")
        yield* meet()
        assert.strictEqual(yield* now, 2020)
      })
    )
  )

  it.live("delays a segment, and the segments behind it", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* first("data", { delay: "3 seconds" })
        yield* client.sendText("one")
        yield* client.sendText("two")
        assert.deepStrictEqual(yield* receivedAt(server, 6), ["onetwo", 3030])
        assert.include(yield* faults, "20 #1 delay data a > b 3")
      })
    )
  )

  it.live("duplicates a segment, which does not change the stream", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* first("data", "duplicate")
        yield* client.sendText("hello")
        yield* client.shutdownSend
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 30])
        assert.isTrue(Option.isNone(yield* server.recv(1)))
        assert.include(yield* faults, "20 #1 duplicate data a > b 5")
      })
    )
  )

  it.live("resets a connection at both ends", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* first("data", "reset")
        yield* client.sendText("hello")
        for (const [socket, peer] of [
          [client, "10.0.0.3:80"],
          [server, "10.0.0.2:49152"]
        ] as const) {
          const error = yield* Effect.flip(socket.recv(1))
          assert.strictEqual(error.message, `recv ${peer}: connection reset by peer (ECONNRESET)`)
        }
      })
    )
  )

  it.live("resets a connect, which then fails as refused", () =>
    simulated(
      Effect.gen(function* () {
        const { a, b } = yield* hosts
        yield* b.listen(there)
        yield* first("connect", "reset")
        const error = yield* Effect.flip(a.connect(there))
        assert.strictEqual(error.message, "connect 10.0.0.3:80: connection refused (ECONNREFUSED)")
      })
    )
  )

  it.live("corrupts a segment", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* first("data", "corrupt")
        yield* client.sendText("hello")
        assert.notStrictEqual(textOf(new Uint8Array([...(yield* server.recvExactly(5))].map(byte => byte & 127))), "")
        assert.include(yield* faults, "20 #1 corrupt data a > b 5")
      })
    )
  )

  it.live("lets a segment pass, despite all other faults; the first rule that returns an action decides", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Fault.partition("a", "b")
        yield* Fault.rule(({ bytes }) => (bytes === 3 ? "pass" : undefined))
        yield* Fault.rule(() => "drop")
        yield* client.sendText("one")
        assert.deepStrictEqual(yield* receivedAt(server, 3), ["one", 30])
        yield* client.sendText("four")
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(server.recv(1), "1 minute")))
      })
    )
  )

  it.live("decides once for a segment: later faults and later rules do not change it", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.rule(() => "pass")
            yield* client.sendText("hello")
            yield* Fault.partition("a", "b")
            yield* Fault.rule(() => "drop")
            assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 30])
          })
        )
        yield* first("data", { delay: "1 second" })
        yield* client.sendText("later")
        yield* Fault.latency("a", "b", 1)
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["later", 1040])
      })
    )
  )

  it.live("lets a held segment pass", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* client.sendText("hello")
        yield* Fault.hold("a", "b")
        yield* Fault.rule(() => "pass")
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 30])
      })
    )
  )

  it.live("is called for segments that are on their way when it is added", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* client.sendText("hello")
        yield* Effect.sleep(5)
        yield* first("data", "drop")
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 235])
        yield* client.sendText("again")
        yield* Effect.sleep(5)
        yield* first("data", { delay: "1 second" })
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["again", 1245])
      })
    )
  )
})
