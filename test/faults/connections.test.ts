/** Faults of connections: fragmentation, resets and half-open connections. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fault from "../../src/Fault.ts"
import { concat, pattern } from "../../src/internal/conformance/kit/bytes.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import { faults, meet, now, simulated, twice } from "./between.ts"

/** Receives to the end. Returns the pieces in which the bytes arrived. */
const pieces = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    const all: Array<Uint8Array> = []
    for (let piece = yield* socket.recv(1_000_000); Option.isSome(piece); piece = yield* socket.recv(1_000_000)) {
      all.push(piece.value)
    }
    return all
  })

describe("fragmentation", () => {
  const sent = pattern(200_000)

  const sizes = (how: Fault.Fragmentation, bytes: number) =>
    Effect.gen(function* () {
      yield* Fault.fragment(how)
      const { client, server } = yield* meet({ highWaterMark: 1_000_000 })
      yield* Effect.fork(Effect.zipRight(client.sendAll(sent.subarray(0, bytes)), client.shutdownSend))
      const received = yield* pieces(server)
      assert.deepStrictEqual(concat(received), sent.subarray(0, bytes))
      const accepted = (yield* SimulatedNetwork.trace).match(/data 10\.0\.0\.2:49152 > 10\.0\.0\.3:80 \d+/g) ?? []
      return {
        received: received.map(piece => piece.length),
        accepted: accepted.map(line => Number(line.split(" ").at(-1))),
        faults: yield* faults
      }
    })

  it.live("by bytes: each byte is sent and received by itself", () =>
    simulated(
      Effect.gen(function* () {
        const { accepted, faults, received } = yield* sizes("bytes", 1000)
        assert.deepStrictEqual(received, Array(1000).fill(1))
        assert.deepStrictEqual(accepted, Array(1000).fill(1))
        assert.deepStrictEqual(faults, ["0 fault fragment bytes"])
      })
    )
  )

  it.live("by bytes: also applies to a segment that is on its way", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* client.sendAll(pattern(100))
        yield* client.shutdownSend
        yield* Fault.fragment("bytes")
        assert.deepStrictEqual(
          (yield* pieces(server)).map(piece => piece.length),
          Array(100).fill(1)
        )
      })
    )
  )

  it.live("as a whole: all bytes are sent at once, and received at once", () =>
    simulated(
      Effect.gen(function* () {
        const { accepted, received } = yield* sizes("whole", 200_000)
        assert.deepStrictEqual([accepted, received], [[200_000], [200_000]])
      })
    )
  )

  it.live("at random: bytes arrive in pieces of different sizes, which depend on the seed", () =>
    Effect.gen(function* () {
      const { accepted, received } = yield* twice(sizes("random", 200_000), { seed: 1 })
      assert.isAbove(new Set(received).size, 5)
      assert.isAbove(new Set(accepted).size, 3)
      const other = yield* simulated(sizes("random", 200_000), { seed: 2 })
      assert.notDeepEqual(other.accepted, accepted)
    })
  )

  it.live("ends when its Scope closes, also for bytes that have arrived", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* Effect.scoped(Effect.zipRight(Fault.fragment("bytes"), client.sendAll(pattern(1000))))
        yield* Effect.sleep("1 second")
        assert.strictEqual(Option.getOrThrow(yield* server.recv(2000)).length, 1000)
      })
    )
  )

  it.live("applies to Unix sockets too, and a close does not cut off bytes that are read piece by piece", () =>
    simulated(
      Effect.gen(function* () {
        yield* Fault.fragment("bytes")
        const listener = yield* Network.listen("unix:/s")
        const client = yield* Network.connect("unix:/s")
        const server = yield* listener.accept
        yield* client.sendAll(pattern(100))
        yield* client.close
        assert.deepStrictEqual(concat(yield* pieces(server)), pattern(100))
        yield* server.close
      })
    )
  )

  it.live("does not turn the close of a socket with unread bytes into a reset", () =>
    simulated(
      Effect.gen(function* () {
        yield* Fault.fragment("bytes")
        const { client, server } = yield* meet({ highWaterMark: 10 })
        yield* client.sendAll(pattern(1000))
        yield* Effect.sleep("1 second")
        yield* server.close
        assert.isTrue(Option.isNone(yield* client.recv(1)))
        assert.notInclude(yield* SimulatedNetwork.trace, "reset")
      })
    )
  )
})

describe("a reset on the way", () => {
  it.live("breaks one connection at both ends, and no other connection", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        const [first, second] = yield* Network.pair
        assert.isTrue(yield* Fault.reset(1))
        for (const socket of [client, server]) {
          assert.deepInclude(yield* Effect.flip(socket.recv(1)), { reason: "Reset", code: "ECONNRESET" })
          assert.deepInclude(yield* Effect.flip(socket.sendText("x")), { reason: "Reset", code: "ECONNRESET" })
        }
        yield* first.sendText("x")
        yield* second.recvExactly(1)
        assert.deepStrictEqual(yield* faults, ["20 #1 fault reset a > b"])
        assert.deepStrictEqual([yield* Fault.reset(1), yield* Fault.reset(7)], [false, false])
      })
    )
  )

  it.live("lets a socket read the bytes that arrived before it", () =>
    simulated(
      Effect.gen(function* () {
        const { client, server } = yield* meet()
        yield* client.sendText("hello")
        yield* Effect.sleep("1 second")
        yield* Fault.reset(1)
        assert.strictEqual((yield* server.recvExactly(5)).length, 5)
        assert.strictEqual((yield* Effect.flip(server.recv(1))).reason, "Reset")
      })
    )
  )
})

describe("a half-open connection", () => {
  for (const gone of ["connected", "accepted"] as const) {
    it.live(`whose ${gone} end is gone: the other end notices it when it sends`, () =>
      simulated(
        Effect.gen(function* () {
          const { client, server } = yield* meet()
          const [lost, left] = gone === "connected" ? [client, server] : [server, client]
          assert.isTrue(yield* Fault.halfOpen(1, gone))
          assert.strictEqual((yield* Effect.flip(lost.recv(1))).reason, "TimedOut")
          assert.isTrue(Option.isNone(yield* Effect.timeoutOption(left.recv(1), "1 day")))
          const sent = yield* now
          yield* left.sendText("hello?")
          assert.deepInclude(yield* Effect.flip(left.recv(1)), { reason: "Reset", code: "ECONNRESET" })
          assert.strictEqual((yield* now) - sent, 20)
          assert.match((yield* faults)[0] ?? "", /#1 fault half-open/)
          assert.isFalse(yield* Fault.halfOpen(1, gone))
        })
      )
    )
  }
})
