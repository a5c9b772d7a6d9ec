/** The metrics of a server, and its list of connections. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricLabel from "effect/MetricLabel"
import * as Network from "../../src/Network.ts"
import * as Server from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { onEach } from "../networks.ts"
import { logged, seenBy, watched } from "./watched.ts"

/** The values of the metrics for the servers that have this tag. */
const counted = (server: string) => {
  const labels = [MetricLabel.make("server", server)]
  const count = (metric: Metric.Metric.Counter<number>) => metric.unsafeValue(labels).count
  const by = (metric: Metric.Metric.Counter<number>) => (reason: string) =>
    count(Metric.tagged(metric, "reason", reason))
  const { metrics } = Server
  return {
    open: metrics.open.unsafeValue(labels).value,
    accepted: count(metrics.accepted),
    bytes: [count(metrics.bytesReceived), count(metrics.bytesSent)],
    refused: ["Full", "QueueFull", "Starved", "Draining"].map(by(metrics.refused)),
    failed: ["Failed", "PeerGone", "Idle", "Slow", "Died", "TimedOut", "Drained", "Interrupted", "Stuck"].map(
      by(metrics.failed)
    )
  }
}

onEach(test => {
  describe("connections", () => {
    test("lists each live connection with its addresses, its state and its byte counts", () =>
      Effect.gen(function* () {
        const begun = yield* Deferred.make<void>()
        const server = yield* watched(socket =>
          Effect.gen(function* () {
            yield* socket.recvExactly(2)
            yield* Deferred.succeed(begun, undefined)
            yield* socket.recvExactly(1)
            yield* socket.sendText("four")
          })
        )
        assert.deepStrictEqual(yield* server.connections, [])
        const socket = yield* Network.connect(server.address)
        yield* socket.sendText("ab")
        yield* Deferred.await(begun)
        const [shown] = yield* server.connections
        const { localAddress, remoteAddress } = socket
        assert.deepInclude(shown, { state: "Handling", bytesReceived: 2, bytesSent: 0 })
        assert.deepInclude(shown, { localAddress: remoteAddress, remoteAddress: localAddress })
        yield* socket.sendText("c")
        assert.strictEqual(yield* seenBy(socket), "four|end")
        yield* server.next
        assert.deepStrictEqual(yield* server.connections, [])
      }))
  })
})

describe("in virtual time", () => {
  it.live("connections lists a connection with its age, and until it has closed", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const slowly = Effect.addFinalizer(() => Effect.sleep("1 minute"))
        const server = yield* watched(socket => Effect.zipRight(slowly, socket.recv(1)))
        const socket = yield* Network.connect(server.address)
        yield* Effect.sleep("20 seconds")
        const shown = Effect.map(server.connections, all =>
          all.map(({ age, state }) => [state, Duration.toSeconds(age)])
        )
        assert.deepStrictEqual(yield* shown, [["Handling", 20]])
        yield* socket.shutdownSend
        yield* Effect.sleep("20 seconds")
        assert.deepStrictEqual(yield* shown, [["Closing", 40]])
        assert.strictEqual(Duration.toSeconds((yield* server.next).age), 80)
        assert.deepStrictEqual(yield* shown, [])
      }),
      { strict: true }
    )
  )

  it.live(
    "metrics count open, accepted, refused and failed connections and their bytes, by the tags of the server",
    () =>
      SimulatedNetwork.run(
        Effect.gen(function* () {
          const program = Effect.scoped(
            Effect.gen(function* () {
              const server = yield* watched(
                socket =>
                  Effect.flatMap(socket.recvText(8), text =>
                    text._tag === "None"
                      ? Effect.void
                      : text.value === "fail"
                        ? Effect.fail("no")
                        : Effect.die(text.value)
                  ),
                { maxConnections: 2, acceptQueue: 1 }
              )
              const one = yield* Network.connect(server.address)
              const two = yield* Network.connect(server.address)
              const three = yield* Network.connect(server.address)
              assert.strictEqual(yield* seenBy(yield* Network.connect(server.address)), "|Reset")
              assert.deepInclude(counted("a"), { open: 2, accepted: 2 })
              yield* one.sendText("fail")
              yield* server.next
              yield* two.sendText("defect")
              yield* server.next
              yield* three.shutdownSend
              yield* server.next
            })
          )
          yield* logged(Effect.tagMetrics(program, "server", "a"))
          assert.deepStrictEqual(counted("a"), {
            open: 0,
            accepted: 3,
            bytes: [10, 0],
            refused: [0, 1, 0, 0],
            failed: [1, 0, 0, 0, 1, 0, 0, 0, 0]
          })
          assert.deepInclude(counted("b"), { open: 0, accepted: 0 })
        }),
        { strict: true }
      )
  )

  it.live("metrics count a refusal when the next connection is accepted, or at the latest when the server drains", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const program = Effect.scoped(
          Effect.gen(function* () {
            const server = yield* watched(socket => socket.recv(1), { maxConnections: 1, acceptQueue: 1 })
            const refused = Effect.flatMap(Network.connect(server.address), seenBy)
            const first = yield* Network.connect(server.address)
            const second = yield* Network.connect(server.address)
            assert.strictEqual(yield* refused, "|Reset")
            yield* first.shutdownSend
            yield* server.next
            yield* Effect.sleep(1)
            assert.deepStrictEqual(counted("refusing").refused, [0, 1, 0, 0])
            // One connection waits in the queue, and another one does not fit into it.
            yield* Network.connect(server.address)
            assert.strictEqual(yield* refused, "|Reset")
            yield* second.shutdownSend.pipe(Effect.delay("1 second"), Effect.fork)
            assert.deepInclude(yield* server.drain, { finished: 1, refused: 1 })
          })
        )
        yield* logged(Effect.tagMetrics(program, "server", "refusing"))
        assert.deepStrictEqual(counted("refusing").refused, [0, 2, 0, 1])
      }),
      { strict: true }
    )
  )

  it.live(
    "a handler whose handlerTimeout has passed before the server drains counts as timed out, not as interrupted",
    () =>
      SimulatedNetwork.run(
        Effect.gen(function* () {
          const slow = Effect.uninterruptible(Effect.sleep("5 seconds"))
          const options = { handlerTimeout: "1 second", drainTimeout: 0, interruptTimeout: "1 minute" } as const
          const [reason] = yield* logged(
            Effect.gen(function* () {
              const server = yield* watched(() => Effect.zipRight(slow, Effect.never), options)
              yield* Network.connect(server.address)
              yield* Effect.sleep("2 seconds")
              yield* server.drain
              return (yield* server.next).reason
            })
          )
          assert.strictEqual(reason, "TimedOut")
        }),
        { strict: true }
      )
  )
})
