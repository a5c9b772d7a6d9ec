/** The general rule: whatever a segment is, and whatever is to become of it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fault from "../../src/Fault.ts"
import { textOf } from "../../src/internal/conformance/kit/bytes.ts"
import { faults, hosts, meet, now, receivedAt, simulated, there } from "./between.ts"

/** The first segment of the kind, and no other. */
const first = (kind: Fault.Segment["kind"], action: Fault.Action) => {
  let isOver = false
  return Fault.rule(segment => {
    if (isOver || segment.kind !== kind) return undefined
    isOver = true
    return action
  })
}

describe("a rule", () => {
  it.live("is asked about everything that goes from host to host", () =>
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

  it.live("drops a segment, which is sent again", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* first("data", "drop")
        yield* client.sendText("hello")
        assert.deepStrictEqual(yield* receivedAt(server, 5), ["hello", 230])
      })
    )
  )

  it.live("drops a connect or its answer, and it is tried again after a second", () =>
    simulated(
      Effect.gen(function* () {
        yield* first("connect", "drop")
        yield* first("accept", "drop")
        yield* meet()
        assert.strictEqual(yield* now, 2020)
      })
    )
  )

  it.live("delays a segment, and what is behind it", () =>
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

  it.live("doubles a segment, which a stream does not notice", () =>
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

  it.live("resets a connection, at both ends", () =>
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

  it.live("resets a connect, which is refused then", () =>
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

  it.live("flips a bit", () =>
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

  it.live("lets a segment pass, whatever else is wrong; the first that has something to say holds", () =>
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

  it.live("holds for what is on its way, whatever goes wrong then and whatever a later one says", () =>
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

  it.live("lets pass what is held", () =>
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

  it.live("is asked about what is on its way when it is made", () =>
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
